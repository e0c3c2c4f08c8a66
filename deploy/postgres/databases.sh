#!/usr/bin/env bash
# Run once, by the PostgreSQL image's first start: a database and a role of its own for each service.
set -euo pipefail
for service in order inventory notification; do
  password=$(cat "/run/secrets/$service/password")
  psql -v ON_ERROR_STOP=1 -v name="$service" -v password="$password" -U "${POSTGRES_USER:-postgres}" -d postgres <<'SQL'
CREATE ROLE :"name" LOGIN PASSWORD :'password';
CREATE DATABASE :"name" OWNER :"name" ENCODING 'UTF8' LOCALE 'C' TEMPLATE template0;
REVOKE ALL ON DATABASE :"name" FROM PUBLIC;
SQL
done
