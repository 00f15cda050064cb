import { join } from 'node:path'

import react from '@vitejs/plugin-react'
import { defaultClientConditions, defineConfig } from 'vite'

// `stemma/sdk` exports what its own actions load on demand. Here that is loaded at once, which harms nothing.
const checks = { ineffectiveDynamicImport: false }

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
      checks,
      output: {
        // What every page loads is one file: many small ones compress worse, by 2 kB.
        codeSplitting: {
          groups: [
            {
              name: 'shared',
              test: /node_modules[\\/](react|react-dom|scheduler|@tanstack)[\\/]|explorer[\\/]src[\\/](app|api[\\/]queries|ui[\\/](parts|SearchBox))/,
            },
            // Split over the pages that ask for it, its parts would import each other in a circle.
            { name: 'ethers', test: /node_modules[\\/](ethers|@adraffy|aes-js)[\\/]/ },
          ],
        },
      },
    },
  },
  worker: { format: 'es', rolldownOptions: { checks } },
  server: { proxy: { '/graphql': 'http://127.0.0.1:8600', '/v1': 'http://127.0.0.1:8600' } },
})
