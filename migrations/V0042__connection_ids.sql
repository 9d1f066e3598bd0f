-- Connections by their id alone: a browser that comes back names no tenant.

-- Led by no tenant; uuid_send() is not leakproof, so no plane's query reaches it.
create index connections_id on tenant.connections (uuid_send(id));
