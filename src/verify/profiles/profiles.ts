import { cnFiling } from './cnFiling.ts'
import { deployment } from './deployment.ts'
import { euGpai } from './euGpai.ts'
import type { Profile, ProfileName } from './profile.ts'

/** Every profile by its name. */
export const PROFILES: Readonly<Record<ProfileName, Profile>> = {
  deployment,
  'eu-gpai': euGpai,
  'cn-filing': cnFiling,
}
