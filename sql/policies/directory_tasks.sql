-- platform.directory_tasks: no plane reads the queue; functions give out what is due, and count.
set local role bulkhead_owner;

grant select, insert, update (state, attempts, problem, due_at), delete
    on platform.directory_tasks to bulkhead_definer;

create policy directory_tasks_definer on platform.directory_tasks for all to bulkhead_definer
    using (true) with check (true);
