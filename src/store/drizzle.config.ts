/**
 * Where drizzle-kit finds the tables and writes the migrations. Paths are relative to the top folder.
 */
import { defineConfig } from 'drizzle-kit'

/** Settings of `npm run db:generate`. */
export default defineConfig({
  dialect: 'sqlite',
  schema: './src/store/schema.ts',
  out: './migrations',
})
