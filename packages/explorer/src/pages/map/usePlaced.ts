import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { layout, parseMap, type Dagre, type PlacedMap } from 'stemma/map'

/** The places of a map as the API answered it; undefined until what computes them is loaded. */
export function usePlaced(answer: object): PlacedMap | undefined {
  const dagre = useQuery({
    queryKey: ['dagre'],
    queryFn: async () => (await import('@dagrejs/dagre')) as unknown as Dagre,
    staleTime: Infinity,
    retry: 0,
  })
  return useMemo(
    () => (dagre.isPending ? undefined : layout(parseMap(answer), { ...(dagre.data && { dagre: dagre.data }) })),
    [answer, dagre.isPending, dagre.data],
  )
}
