-- Tallies: refusals and reads that come too fast to be told one by one, until they are told as one.

alter table audit.events add column count bigint not null default 1;

comment on column audit.events.count is
    'How often: more than once where it stands for what was not told one by one.';

create table keystore.tallies (
    tenant_id uuid not null,
    actor uuid not null,
    outcome text not null,
    action text not null,
    ends_at timestamptz not null default now() + interval '1 minute',
    lasts interval not null default interval '1 minute',
    told integer not null default 0,
    untold bigint not null default 0,
    context text,
    resource_id uuid,
    content text,
    primary key (tenant_id, actor, outcome, action),
    constraint tallies_outcome_known check (outcome in ('ok', 'denied')),
    constraint tallies_untold_range check (untold >= 0)
);

-- Led by no tenant, for whoever tells what is over; timezone() is not leakproof, so no plane's
-- query reaches it.
create index tallies_ends_at on keystore.tallies ((ends_at at time zone 'UTC'));

comment on table keystore.tallies is
    'How often somebody was refused, or read, within a window of time; gone once it is told.';
comment on column keystore.tallies.tenant_id is
    'Whose history it becomes part of; nil for the platform''s own.';
comment on column keystore.tallies.actor is 'Pseudonym of who did it; nil for nobody known.';
comment on column keystore.tallies.lasts is
    'How long the window is: twice the last, in a flood.';
comment on column keystore.tallies.told is 'Events within the window.';
comment on column keystore.tallies.untold is 'What no event tells yet.';
comment on column keystore.tallies.context is
    'Of the last of them: for whom the transaction spoke.';
comment on column keystore.tallies.resource_id is 'What all the untold were about, if one thing.';

alter table keystore.tallies enable row level security;
alter table keystore.tallies force row level security;
