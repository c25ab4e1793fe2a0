import pg from "pg";

export class Tickets {
  constructor() {
    this.pool = new pg.Pool({ connectionString: process.env.DATABASE_URL });
  }

  search(filter) {
    const parts = [];
    const values = [];
    if (filter.text) {
      values.push(`%${filter.text}%`);
      parts.push(`subject ILIKE $${values.length}`);
    }
    if (filter.open) parts.push("closed_at IS NULL");
    const where = parts.length ? `WHERE ${parts.join(" AND ")}` : "";
    return this.pool.query(`SELECT id, subject FROM tickets ${where} LIMIT 50`, values).then((result) => result.rows);
  }
}
