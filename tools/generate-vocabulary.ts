/**
 * Writes `contracts/types/Vocabulary.sol` from `src/core/vocabulary.ts` and `src/core/topics.ts`, so that the contracts and the SDK have one
 * list of words. `--check` only compares.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { ALL_FAMILIES, LAST_FAMILY } from '../src/core/terms.ts'
import { METRIC_NAMES, METRICS } from '../src/core/topics.ts'
import {
  ALIKE_FAMILIES,
  FAMILIES,
  FAMILY_NAMES,
  OBLIGATIONS,
  RIGHTS,
  SET_FLAGS,
  TERMS_FLAGS,
  THRESHOLD_FLAGS,
} from '../src/core/vocabulary.ts'

const FILE = join(import.meta.dirname, '../contracts/types/Vocabulary.sol')

/** A library of bits, each a constant, and `ALL` of them. */
function bits(what: string, name: string, type: string, words: Readonly<Record<string, number>>): string {
  const lines = Object.entries(words).map(
    ([word, bit]) => `    ${type} internal constant ${constantName(word)} = 1 << ${bit};`,
  )
  const all = Object.values(words).reduce((mask, bit) => mask | (1 << bit), 0)
  return [`/// @dev ${what}`, `library ${name} {`, ...lines, `    ${type} internal constant ALL = ${all};`, '}'].join(
    '\n',
  )
}

function constantName(word: string): string {
  return word.replaceAll('-', '_').toUpperCase()
}

function source(): string {
  const alike = ALIKE_FAMILIES.reduce((mask, family) => mask | (1n << BigInt(FAMILIES[family])), 0n)
  const order = 'The order is part of every id: never change it.'
  return [
    '// SPDX-License-Identifier: Apache-2.0',
    'pragma solidity ^0.8.35;',
    '',
    '// Written by tools/generate-vocabulary.ts from src/core/vocabulary.ts: change the words there.',
    '',
    bits(`Bits of a mask of rights. ${order}`, 'Rights', 'uint32', RIGHTS),
    '',
    bits(`Bits of a mask of obligations. ${order}`, 'Obligations', 'uint32', OBLIGATIONS),
    '',
    bits(
      `Bits of the flags of terms: a set of terms, and what a license says of itself. ${order}`,
      'TermsFlags',
      'uint16',
      {
        ...TERMS_FLAGS,
        ...SET_FLAGS,
      },
    ),
    '',
    bits(`Bits of the flags of a threshold. ${order}`, 'ThresholdFlags', 'uint8', THRESHOLD_FLAGS),
    '',
    `/// @dev Families of licenses: ${FAMILY_NAMES.map((family) => `${FAMILIES[family]} ${family}`).join(', ')}.`,
    'library Families {',
    '    /// @dev The highest code that a family can have.',
    `    uint8 internal constant LAST = ${LAST_FAMILY};`,
    '',
    '    /// @dev Every family, bit n for family n.',
    `    uint128 internal constant ALL = ${ALL_FAMILIES};`,
    '',
    '    /// @dev The families whose licenses demand share-alike, bit n for family n.',
    `    uint128 internal constant ALIKE = ${alike};`,
    '}',
    '',
    `/// @dev The highest metric that a threshold may name. ${METRIC_NAMES.map((metric) => `${METRICS[metric]} ${metric}`).join(', ')}.`,
    `uint8 constant LAST_METRIC = ${METRIC_NAMES.length};`,
    '',
  ].join('\n')
}

if (process.argv.includes('--check')) {
  if (readFileSync(FILE, 'utf8') !== source()) {
    console.error('contracts/types/Vocabulary.sol is not what src/core says: run node tools/generate-vocabulary.ts')
    process.exitCode = 1
  }
} else {
  writeFileSync(FILE, source())
}
