import { useNavigate } from '@tanstack/react-router'

import type { Changes } from './address.ts'

/** Sets fields of the address of the page on which it is used, or takes them out. The other fields, and the scroll, stay as they are. */
export function useChange<Search extends object>(): (changes: Changes<Search>, how?: { replace?: boolean }) => void {
  const navigate = useNavigate()
  return (changes, how) =>
    void navigate({
      to: '.',
      // Which page it is, only the one that calls knows.
      search: (before: object) => ({ ...before, ...changes }) as never,
      resetScroll: false,
      ...how,
    })
}
