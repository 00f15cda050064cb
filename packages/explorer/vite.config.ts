import react from '@vitejs/plugin-react'
import { defaultClientConditions, defineConfig } from 'vite'

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  // In a clone, the names of the packages lead to the sources.
  resolve: { conditions: ['source', ...defaultClientConditions] },
  build: { target: 'es2023', assetsInlineLimit: 0, reportCompressedSize: true, modulePreload: { polyfill: false } },
  server: {
    proxy: {
      '/graphql': 'http://127.0.0.1:8600',
      '/v1': 'http://127.0.0.1:8600',
      '/deployment.json': 'http://127.0.0.1:8600',
    },
  },
})
