\set id random(1, 1000)
SELECT json_build_object('data', json_build_object('user', (SELECT json_build_object('id', id::text, 'name', name, 'email', email, 'active', active) FROM blog.users WHERE id = :id)));
