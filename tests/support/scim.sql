-- Directories of the world: in each tenant one, whose token nobody holds; it provisioned the
-- teammate and keeps the crew. Goes on where world.sql ends.

insert into tenant.scim_directories
    (tenant_id, id, name, connection_id, role_id, hash, created_by, answered_by)
select pg_temp.id(slug), pg_temp.id(slug || '/scim_directory/entra'), 'entra of ' || slug,
    -- Tied to whichever connection the tenant has by now.
    (select c.id from tenant.connections c where c.tenant_id = pg_temp.id(slug)
        order by c.id limit 1),
    pg_temp.id(slug || '/role/member'), sha256(convert_to(slug || '/directory', 'UTF8')),
    pg_temp.id(slug || '.owner'), pg_temp.id(slug || '.owner')
from populated;

insert into tenant.scim_users (tenant_id, id, directory_id, user_id, user_name, external_id,
    work_email, display_name, resource, made, joined, role_id)
select pg_temp.id(slug), pg_temp.id(slug || '/scim_user/teammate'),
    pg_temp.id(slug || '/scim_directory/entra'), pg_temp.id(slug || '.teammate'),
    slug || '.teammate@example.test', slug || '-1', slug || '.teammate@example.test', 'Teammate',
    jsonb_build_object('userName', slug || '.teammate@example.test'), false, false,
    pg_temp.id(slug || '/role/member')
from populated;

insert into tenant.scim_groups (tenant_id, id, directory_id, team_id, external_id, role_id)
select pg_temp.id(slug), pg_temp.id(slug || '/scim_group/crew'),
    pg_temp.id(slug || '/scim_directory/entra'), pg_temp.id(slug || '/team/crew'), slug || '-crew',
    pg_temp.id(slug || '/role/member')
from populated;

insert into tenant.scim_group_members (tenant_id, group_id, scim_user_id, team_id, user_id)
select pg_temp.id(slug), pg_temp.id(slug || '/scim_group/crew'),
    pg_temp.id(slug || '/scim_user/teammate'), pg_temp.id(slug || '/team/crew'),
    pg_temp.id(slug || '.teammate')
from populated;
