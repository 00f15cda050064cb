/** The codes of ISO 3166-1 alpha-2 that are assigned to countries, in order. */
export const COUNTRIES: readonly string[] =
  'AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW'.split(
    ' ',
  )

/** A country by its ISO 3166-1 alpha-2 code, in upper case. */
export type Country = string

/** What a value of {@link Country} has to be, for the message of an error. */
export const COUNTRY_FORM = 'a country by its ISO 3166-1 alpha-2 code in upper case, such as DE'

/** Whether a value is the code of a country. */
export function isCountry(value: unknown): value is Country {
  return typeof value === 'string' && COUNTRIES.includes(value)
}

/** What people write in place of a code. */
const MEANT: Readonly<Record<string, string>> = { UK: 'GB', EL: 'GR', USA: 'US', CHN: 'CN', RUS: 'RU', DEU: 'DE' }

/** The hint ` Did you mean "GB"?` for a value that is nearly a code; nothing for others. It stands at the end of a message. */
export function countryHint(value: unknown): string {
  if (typeof value !== 'string') return ''
  const upper = value.trim().slice(0, 8).toUpperCase()
  if (upper === 'EU') return ' The EU is not a country: list its members.'
  const meant = Object.hasOwn(MEANT, upper) ? MEANT[upper] : COUNTRIES.find((code) => code === upper)
  return meant === undefined ? '' : ` Did you mean "${meant}"?`
}
