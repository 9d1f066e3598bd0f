-- Who is asked into each of the world's tenants: somebody whom nobody knows yet, and who was once a
-- member. Goes on where world.sql ends.
insert into tenant.invitations
    (tenant_id, id, email, role_id, workspace_id, workspace_role_id, invited_by, hash)
select pg_temp.id(slug), pg_temp.id(slug || '/invitation/' || who),
    who || '@' || slug || '.example',
    pg_temp.id(slug || '/role/member'), place.room, place.role, pg_temp.id(slug || '.admin'),
    sha256(convert_to(slug || '/invitation/' || who, 'UTF8'))
from populated, unnest(array['comer', 'guestling']) as who, lateral (
    select pg_temp.id(slug || '/workspace/plans') as room,
        pg_temp.id(slug || '/role/member') as role
    where who = 'comer'
    union all select null, null where who <> 'comer'
) as place;
