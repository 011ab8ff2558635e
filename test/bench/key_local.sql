\set id random(1, 1000000)
SELECT * FROM public.big WHERE id = :id;
