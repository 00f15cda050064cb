import { useWords } from '../../app/settings.tsx'
import { mapWords, type MapPageWords } from './words.ts'

/** The words of the maps. English comes with the maps; any other language comes as a whole, when it is chosen. */
export function useMapWords(): MapPageWords {
  return useWords().mapPage ?? mapWords
}
