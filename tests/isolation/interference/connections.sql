-- Connections of another globex: see globex.sql, which this goes on from.

insert into tenant.connections (tenant_id, id, name, issuer, client_id, role_id, created_by)
select pg_temp.globex(), pg_temp.globex('/connection/' || name), name,
    'https://' || replace(name, ' ', '-') || '.test', 'client', pg_temp.globex('/role/viewer'),
    pg_temp.globex('.owner')
from names where name < 'VARIANT 2';
insert into tenant.connection_roles (tenant_id, id, connection_id, claim, value, role_id,
    created_by)
select pg_temp.globex(), pg_temp.globex('/connection_role/' || name),
    pg_temp.globex('/connection/' || name), name, name, pg_temp.globex('/role/viewer'),
    pg_temp.globex('.owner')
from names where name < 'VARIANT 2';
drop table names;
