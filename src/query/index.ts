/** The entry point `stemma/query`: a client of the query API, its operations and its schema. Browser and Node. @module */
export * from './checkAnswer.ts'
export * from './client.ts'
export * from './indexerReader.ts'
export * from './operations.ts'
export { schemaText } from './schemaText.ts'
