/** A database whose statements are compiled once. */

import type { Database, Row, Statement, Value } from './open-database.js';

/** Texts are ours, and few. */
const MOST_STATEMENTS = 64;

export class SqlFile {
  readonly #statements = new Map<string, Statement>();

  constructor(private readonly database: Database) {}

  get inTransaction(): boolean {
    return this.database.inTransaction;
  }

  exec(sql: string): void {
    this.database.exec(sql);
  }

  /** How many rows it changed. */
  run(sql: string, values: Value[] = []): number {
    return this.#with(sql, (statement) => statement.run(values).changes);
  }

  all(sql: string, values: Value[] = []): Row[] {
    return this.#with(sql, (statement) => statement.all(values) as Row[]);
  }

  /** The first of them. All are taken: a statement which is not at its end keeps the file locked. */
  get(sql: string, values: Value[] = []): Row | undefined {
    return this.all(sql, values)[0];
  }

  close(): void {
    this.#forget();
    this.database.close();
  }

  /** One which failed is compiled anew the next time: it tells its old error again when it is used once more. */
  #with<T>(sql: string, use: (statement: Statement) => T): T {
    const statement = this.#statement(sql);
    try {
      return use(statement);
    } catch (error) {
      this.#statements.delete(sql);
      finalize(statement);
      throw error;
    }
  }

  #statement(sql: string): Statement {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      if (this.#statements.size >= MOST_STATEMENTS) this.#forget();
      this.#statements.set(sql, (statement = this.database.prepare(sql)));
    }
    return statement;
  }

  #forget(): void {
    for (const statement of this.#statements.values()) finalize(statement);
    this.#statements.clear();
  }
}

function finalize(statement: Statement): void {
  try {
    statement.finalize();
  } catch {
    // It says again what went wrong before.
  }
}
