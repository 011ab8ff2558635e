\set id random(1, 1000000)
SELECT * FROM source.big WHERE id = :id;
