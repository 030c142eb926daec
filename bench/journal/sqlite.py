"""Upserts of documents into SQLite, asked for line by line: {"seconds": S, "together": N} is answered with a line of JSON."""
import json
import sqlite3
import sys
import time

database, documents = sys.argv[1:]
MARK = b"0000000000"
rows = []
for line in open(documents, "rb"):
    head, _, tail = line.rstrip(b"\n").partition(MARK)
    rows.append((json.loads(line)["id"], head, tail))
connection = sqlite3.connect(database, isolation_level=None)
mode = connection.execute("pragma journal_mode=wal").fetchone()[0]
connection.execute("pragma synchronous=full")
synchronous = connection.execute("pragma synchronous").fetchone()[0]
connection.execute("create table documents(id text primary key, body blob not null)")
print(json.dumps({"version": sqlite3.sqlite_version, "mode": mode, "synchronous": synchronous}), flush=True)

UPSERT = "insert into documents values(?, ?) on conflict(id) do update set body = excluded.body"
done = 0


def upsert():
    """Another revision each time: SQLite writes and syncs nothing where a row stays as it is."""
    global done
    name, head, tail = rows[done % len(rows)]
    connection.execute(UPSERT, (name, b"%b%010d%b" % (head, done, tail)))
    done += 1


for line in sys.stdin:
    job = json.loads(line)
    together = job["together"]
    before, start = done, time.perf_counter()
    while time.perf_counter() - start < job["seconds"]:
        if together == 1:
            upsert()
            continue
        connection.execute("begin immediate")
        for _ in range(together):
            upsert()
        connection.execute("commit")
    print(json.dumps({"upserts": done - before, "seconds": time.perf_counter() - start}), flush=True)
