-- The world of the tests: three tenants alike, one suspended, and in each one person of every kind.
--
-- Every id is derived from a name, so that tests can name a row and two worlds can be compared.
-- Everything is written as the superuser: what policies would refuse has to be there, too.

create function pg_temp.id(name text) returns uuid language sql immutable
    return encode(substr(sha256(convert_to(name, 'UTF8')), 1, 16), 'hex')::uuid;

create temp table populated as
    select slug from unnest(array['acme', 'globex', 'initech', 'umbra']) as slug;

insert into platform.tenants (id, slug, name)
select pg_temp.id(slug), slug, initcap(slug) from populated;

-- Named ids first; app.sync_builtin_roles() then fills in what each role permits.
insert into tenant.roles (tenant_id, id, name, builtin)
select pg_temp.id(slug), pg_temp.id(slug || '/role/' || name), name, true
from populated, unnest(array['owner', 'admin', 'member', 'viewer', 'guest', 'auditor']) as name;
select app.sync_builtin_roles(array(select id from platform.tenants));

insert into tenant.roles (tenant_id, id, name, description)
select pg_temp.id(slug), pg_temp.id(slug || '/role/clerk'), 'clerk', 'Reads ' || slug
from populated;
insert into tenant.role_permissions (tenant_id, role_id, level, permission)
select pg_temp.id(slug), pg_temp.id(slug || '/role/clerk'), level, 'document.read'
from populated, unnest(array['tenant', 'workspace']) as level;

-- Who there is, with the role held tenant-wide.
create temp table people as
select slug, person, role, slug || '.' || person as name
from populated, (values
    ('owner', 'owner'), ('admin', 'admin'), ('member', 'member'), ('viewer', 'viewer'),
    ('guest', 'guest'), ('auditor', 'auditor'),
    ('outsider', 'member'),  -- in no workspace
    ('teammate', 'member'),  -- in a workspace through a team only
    ('sharee', 'guest'),     -- reads one shared document
    ('partner', 'guest'),    -- has a whole workspace shared with them, for writing
    ('benched', 'admin'),    -- deactivated in this tenant
    ('gone', 'admin')        -- deactivated everywhere
) as person (person, role);

insert into platform.users (id, email, display_name, state)
select pg_temp.id(name), name || '@example.test', initcap(person),
    case person when 'gone' then 'deactivated' else 'active' end
from people
union all
select pg_temp.id('multi'), 'multi@example.test', 'Multi', 'active';

insert into tenant.members (tenant_id, user_id, role_id, email, display_name, state)
select pg_temp.id(slug), pg_temp.id(name), pg_temp.id(slug || '/role/' || role),
    name || '@example.test', initcap(person),
    case person when 'benched' then 'deactivated' else 'active' end
from people
union all
-- One person in two tenants: nothing in acme, nearly everything in globex.
select pg_temp.id(slug), pg_temp.id('multi'), pg_temp.id(slug || '/role/' || role),
    'multi@' || slug || '.test', 'Multi of ' || slug, 'active'
from (values ('acme', 'guest'), ('globex', 'admin')) as memberships (slug, role);

insert into tenant.teams (tenant_id, id, name, created_by)
select pg_temp.id(slug), pg_temp.id(slug || '/team/' || name), name, pg_temp.id(slug || '.owner')
from populated, unnest(array['crew', 'scouts']) as name; -- nobody is a scout
insert into tenant.team_members (tenant_id, team_id, user_id)
select pg_temp.id(slug), pg_temp.id(slug || '/team/crew'), pg_temp.id(slug || '.teammate')
from populated;

-- Many are in one workspace, only the owner in the other.
insert into tenant.workspaces (tenant_id, id, name, description, created_by)
select pg_temp.id(slug), pg_temp.id(slug || '/workspace/' || name), name, slug || ' canary',
    pg_temp.id(slug || '.owner')
from populated, unnest(array['plans', 'vault']) as name;

insert into tenant.workspace_members (tenant_id, id, workspace_id, user_id, team_id, role_id)
select pg_temp.id(slug), pg_temp.id(slug || '/workspace_member/' || workspace || '/' || who),
    pg_temp.id(slug || '/workspace/' || workspace),
    case when who <> 'crew' then pg_temp.id(slug || '.' || who) end,
    case when who = 'crew' then pg_temp.id(slug || '/team/crew') end,
    pg_temp.id(slug || '/role/' || role)
from populated, (values
    ('plans', 'owner', 'owner'), ('plans', 'member', 'member'), ('plans', 'viewer', 'viewer'),
    ('plans', 'guest', 'guest'), ('plans', 'crew', 'member'), ('vault', 'owner', 'owner')
) as place (workspace, who, role);

insert into tenant.documents (tenant_id, id, workspace_id, title, body, created_by)
select pg_temp.id(slug), pg_temp.id(slug || '/document/' || title),
    pg_temp.id(slug || '/workspace/' || workspace), title, slug || ' canary ' || title,
    pg_temp.id(slug || '.' || author)
from populated, (values
    ('plans', 'roadmap', 'owner'), ('plans', 'minutes', 'member'), ('vault', 'secret', 'owner')
) as written (workspace, title, author);

insert into tenant.shares
    (tenant_id, id, workspace_id, document_id, user_id, team_id, access, created_by)
select pg_temp.id(slug), pg_temp.id(slug || '/share/' || who),
    pg_temp.id(slug || '/workspace/' || workspace),
    pg_temp.id(slug || '/document/' || document),
    case when who <> 'scouts' then pg_temp.id(slug || '.' || who) end,
    case when who = 'scouts' then pg_temp.id(slug || '/team/scouts') end,
    access, pg_temp.id(slug || '.owner')
from populated, (values
    ('plans', 'roadmap', 'sharee', 'read'), ('plans', 'roadmap', 'scouts', 'read'),
    ('vault', null, 'partner', 'write')
) as shared (workspace, document, who, access);

-- Nothing is sent there.
insert into tenant.audit_webhooks (tenant_id, id, place, url, created_by)
select pg_temp.id(slug), pg_temp.id(slug || '/audit_webhook/archive'), 1,
    'https://192.0.2.1/' || slug, pg_temp.id(slug || '.owner')
from populated;
insert into tenant.audit_webhook_deliveries (tenant_id, webhook_id, next_at)
select tenant_id, id, 'infinity' from tenant.audit_webhooks;

insert into tenant.idempotency_keys
    (tenant_id, credential_id, user_id, key, fingerprint, status, headers, body, created_at)
select pg_temp.id(slug), pg_temp.id(slug || '.' || who), pg_temp.id(slug || '.' || who),
    'retry', sha256('retry'), 201, '{}',
    slug || ' canary', now() - interval '25 hours'
from populated, unnest(array['owner', 'member']) as who;

update platform.tenants set state = 'suspended' where slug = 'umbra';
