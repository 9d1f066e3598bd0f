-- Tallies in lanes: whoever keeps one in an open transaction keeps nobody else from counting.

alter table keystore.tallies
    drop constraint tallies_pkey,
    add column lane uuid not null default gen_random_uuid(),
    add primary key (tenant_id, actor, outcome, action, lane);

comment on column keystore.tallies.lane is
    'Which of those of one act: the next one who counts takes one that nobody holds.';
