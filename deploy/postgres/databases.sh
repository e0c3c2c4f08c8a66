#!/usr/bin/env bash
# Run once, by the PostgreSQL image's first start: a database and a role of its own for each service. A role is owner of its
# database and of nothing else, and no other role can connect to it.
set -euo pipefail
sql() { psql -v ON_ERROR_STOP=1 -U "${POSTGRES_USER:-postgres}" -d postgres "$@"; }

sql <<<'REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC;'
# By the network each comes to its own database alone; the superuser comes from inside this container
# (`docker-compose exec postgres psql -U postgres`), and by no network.
echo "local all all trust" >"$PGDATA/pg_hba.conf"
for service in order inventory notification; do
  # Read by psql itself: arguments can be seen by others.
  sql <<SQL
\\set password \`cat /run/secrets/$service/password\`
CREATE ROLE "$service" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD :'password';
CREATE DATABASE "$service" OWNER "$service" ENCODING 'UTF8' LOCALE 'C' TEMPLATE template0;
REVOKE ALL ON DATABASE "$service" FROM PUBLIC;
SQL
  echo "host $service $service all scram-sha-256" >>"$PGDATA/pg_hba.conf"
done
