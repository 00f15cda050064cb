/** The entry point `stemma`: what a program needs to ask a ledger and to register a model. Browser and Node. @module */
export { connect } from './sdk/connect.ts'
