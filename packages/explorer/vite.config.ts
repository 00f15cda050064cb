import { join } from 'node:path'

import react from '@vitejs/plugin-react'
import { defaultClientConditions, defineConfig } from 'vite'

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  // In a clone, the names of the packages lead to the sources.
  resolve: {
    conditions: ['source', ...defaultClientConditions],
    alias: { 'd3-transition': join(import.meta.dirname, 'src/pages/map/withoutTransitions.ts') },
  },
  build: {
    target: 'es2023',
    assetsInlineLimit: 0,
    reportCompressedSize: true,
    modulePreload: { polyfill: false },
    license: { fileName: 'licenses.md' },
    rolldownOptions: {
      output: {
        // What every page has is one file: in many small ones it compresses worse.
        codeSplitting: {
          groups: [
            {
              name: 'shared',
              test: /node_modules[\\/](react|react-dom|scheduler|@tanstack[\\/](?!query-core|react-query))[\\/]?/,
            },
          ],
        },
      },
    },
  },
  worker: { format: 'es' },
  server: { proxy: { '/graphql': 'http://127.0.0.1:8600', '/v1': 'http://127.0.0.1:8600' } },
})
