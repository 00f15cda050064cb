// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

/// @dev Id of a model: the EIP-712 struct hash of its registration. Zero means none.
type ModelId is bytes32;

/// @dev Id of a terms template or of a set of terms: its EIP-712 struct hash. Zero means that no terms are stated.
type TermsId is bytes32;

/// @dev Id of a tier: its EIP-712 struct hash. Zero means none.
type TierId is bytes32;

/// @dev Id of a credential and its ERC-721 token id: the hash of model, tier and holder.
type CredentialId is uint256;

/// @dev Id of a claim: the hash of its claimant and its content.
type ClaimId is bytes32;

/// @dev Id of a usage log: the hash of its operator, of the credential used for the calls, and of its epoch.
type LogId is bytes32;

using {sameModel as ==} for ModelId global;
using {sameTier as ==} for TierId global;
using {sameTerms as ==, otherTerms as !=} for TermsId global;

function sameModel(ModelId a, ModelId b) pure returns (bool) {
    return ModelId.unwrap(a) == ModelId.unwrap(b);
}

function sameTier(TierId a, TierId b) pure returns (bool) {
    return TierId.unwrap(a) == TierId.unwrap(b);
}

function sameTerms(TermsId a, TermsId b) pure returns (bool) {
    return TermsId.unwrap(a) == TermsId.unwrap(b);
}

function otherTerms(TermsId a, TermsId b) pure returns (bool) {
    return TermsId.unwrap(a) != TermsId.unwrap(b);
}

/// @dev The id of the credential of `holder` for a tier of a model.
function credentialIdOf(ModelId model, TierId tier, address holder) pure returns (CredentialId) {
    return CredentialId.wrap(uint256(keccak256(abi.encode(model, tier, holder))));
}
