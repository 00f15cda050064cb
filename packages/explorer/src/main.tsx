import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'

import { queries } from './api/queries.ts'
import { Settings } from './app/settings.tsx'
import { router } from './router.tsx'
import './style/base.css'
import './style/parts.css'
import './style/search.css'

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <Settings>
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </Settings>
  </StrictMode>,
)
