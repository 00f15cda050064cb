/** The entry point `stemma/viem`: a ledger from the clients of viem, an optional peer dependency. Browser and Node. @module */
export * from './connectViem.ts'
export { MissingAccountError, type ViemClient, type ViemClients } from './viemClients.ts'
