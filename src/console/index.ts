/** The entry point `stemma/console`: options, output and exit codes, which the programs `stemma` and `stemma-server` share. Node. @module */
export * from './context.ts'
export * from './files.ts'
export * from './node.ts'
export * from './options.ts'
export * from './process.ts'
export * from './progressBar.ts'
export * from './run.ts'
export * from './wrap.ts'
