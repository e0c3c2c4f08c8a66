#pragma once
#include <sqlite3.h>

// Swift imports no variadic functions; these are the calls of theirs that the SQLite module makes.

/// Memory statistics cost an eighth of all instructions. Only before the first database is opened.
static inline int csqlite_disable_memory_statistics(void) {
    return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

/// One of the SQLITE_DBCONFIG_ options that are switched on or off.
static inline int csqlite_database_option(sqlite3 *database, int option, int on) {
    return sqlite3_db_config(database, option, on, (int *)0);
}
