/**
 * Bytecode, or a text that holds some, without the hashes of the compiler's metadata. Of OpenZeppelin's contracts they say nothing:
 * Hardhat compiles those alone or together with ours, by what has changed, and the hash differs between the two.
 */
export function withoutMetadataHash(text: string): string {
  return text.replaceAll(/(?<=a2646970667358221220)[0-9a-f]{64}(?=64736f6c6343)/g, '')
}
