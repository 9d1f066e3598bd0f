-- Mutants of domains and of who joins by them: see tables.sql. Most change a word of a function.

-- mutant: the second who proves a domain has it, too | domains::disputes
do $$ begin execute replace(pg_get_functiondef('app.settle_domain'::regproc),
    'where held.tenant_id = excluded.tenant_id', ''); end $$;

-- mutant: any answer proves a domain | domains::proofs
do $$ begin execute replace(pg_get_functiondef('app.report_domain'::regproc),
    'app.record_problem($4, claim.token)', 'null'); end $$;

-- mutant: a domain is held for ever | domains::disputes
do $$ begin execute replace(pg_get_functiondef('app.settle_domain'::regproc),
    'claim.failures + 1 >= looks', 'false'); end $$;

-- mutant: a domain lapses at the first failure | domains::disputes
do $$ begin execute replace(pg_get_functiondef('app.settle_domain'::regproc),
    'claim.failures + 1 >= looks and claim.proved_at < now() - grace', 'true'); end $$;

-- mutant: the API plane says that a domain is proved | domains::claims
grant execute on function app.report_domain(uuid, uuid, text, text[]) to bulkhead_api;

-- mutant: everybody sees who holds a domain | domains::claims
grant select on platform.domains to bulkhead_api;

-- mutant: any role for those who join by a domain | domains::claims
alter policy domains_update on tenant.domains with check (true);

-- mutant: any number of domains | domains::claims
drop trigger t30_limit on tenant.domains;

-- mutant: a domain brings back who was taken out | domains::enrolment
drop trigger t40_former on tenant.members;

-- mutant: a suspended tenant takes people in by its domain | domains::enrolment
do $$ begin execute replace(pg_get_functiondef('app.enrol_by_domain'::regproc),
    'and t.state = ''active''', ''); end $$;

-- mutant: who was turned down joins by their domain | domains::requests
do $$ begin execute replace(pg_get_functiondef('app.enrol_by_domain'::regproc),
    'r.state = ''denied''', 'false'); end $$;

-- mutant: a domain's request is approved beyond what one holds | domains::requests
do $$ begin execute replace(pg_get_functiondef('app.decide_join_request'::regproc),
    'given not in (select app.assignable_roles())', 'false'); end $$;
