/** The entry point `stemma/query`: a client of the query API and the types of its operations. Browser and Node. @module */
export * from './checkAnswer.ts'
export * from './client.ts'
export * from './indexerReader.ts'
export * from './operations.ts'
