#pragma once
#include <sqlite3.h>

// Swift imports no variadic functions, and no macros that cast; these are the calls of the SQLite module that need them.

/// Memory statistics cost an eighth of all instructions. Only before the first database is opened.
static inline int csqlite_disable_memory_statistics(void) {
    return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

/// One of the SQLITE_DBCONFIG_ options that are switched on or off.
static inline int csqlite_database_option(sqlite3 *database, int option, int on) {
    return sqlite3_db_config(database, option, on, (int *)0);
}

/// The write-ahead log, as the connection has opened it; null where it has not.
static inline sqlite3_file *csqlite_log(sqlite3 *database) {
    sqlite3_file *file = 0;
    if (sqlite3_file_control(database, "main", SQLITE_FCNTL_JOURNAL_POINTER, &file) != SQLITE_OK) return 0;
    return file && file->pMethods ? file : 0;
}

/// Waits until the disk has all that was written to the log.
static inline int csqlite_sync_log(sqlite3 *database) {
    sqlite3_file *file = csqlite_log(database);
    return file ? file->pMethods->xSync(file, SQLITE_SYNC_NORMAL) : SQLITE_OK;
}

/// Writes the log over itself. After a sync that failed, the system takes for written what may not be on the disk: it has to be given it
/// again. Nobody else may write meanwhile.
static inline int csqlite_rewrite_log(sqlite3 *database) {
    sqlite3_file *file = csqlite_log(database);
    sqlite3_int64 size = 0;
    char block[65536];
    if (!file) return SQLITE_OK;
    int code = file->pMethods->xFileSize(file, &size);
    for (sqlite3_int64 at = 0; code == SQLITE_OK && at < size; at += sizeof block) {
        int count = size - at < (sqlite3_int64)sizeof block ? (int)(size - at) : (int)sizeof block;
        code = file->pMethods->xRead(file, block, count, at);
        if (code == SQLITE_OK) code = file->pMethods->xWrite(file, block, count, at);
    }
    return code;
}

/// The system's number for why a call on the log failed.
static inline int csqlite_log_errno(sqlite3 *database) {
    sqlite3_file *file = csqlite_log(database);
    int number = 0;
    if (file) file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &number);
    return number;
}
