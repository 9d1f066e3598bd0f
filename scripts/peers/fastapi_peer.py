"""FastAPI with asyncpg, as its guides have it: a pool, a transaction, the tenant in a setting."""

import os
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg
from fastapi import FastAPI, Header, HTTPException
from fastapi.responses import ORJSONResponse


@asynccontextmanager
async def lifespan(app):
    url = os.environ["PEER_DATABASE_URL"]
    app.state.pool = await asyncpg.create_pool(url, min_size=8, max_size=8)
    yield
    await app.state.pool.close()


app = FastAPI(lifespan=lifespan, default_response_class=ORJSONResponse)


@app.get("/documents/{document}")
async def show(document: UUID, x_tenant: str = Header()):
    async with app.state.pool.acquire() as connection, connection.transaction():
        await connection.execute("select set_config('peer.tenant_id', $1, true)", x_tenant)
        row = await connection.fetchrow(
            "select id, workspace_id, title, body, metadata, version, created_by, created_at,"
            " updated_at from peer.documents where id = $1", document)
    if row is None:
        raise HTTPException(404)
    # asyncpg has a UUID class of its own, which orjson does not know.
    return ORJSONResponse({
        name: str(value) if isinstance(value, UUID) else value for name, value in row.items()
    })
