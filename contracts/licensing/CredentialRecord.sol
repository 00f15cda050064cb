// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {CredentialState} from "./ILicenseCredential.sol";

/**
 * @dev Everything stored of a credential without a gap, in one word. Zero means not issued.
 *
 * | bits | what |
 * | --- | --- |
 * | 0-159 | publisher |
 * | 160-199 | valid from, Unix seconds |
 * | 200-239 | valid until, Unix seconds |
 * | 240-247 | {CredentialState} |
 * | 248-255 | 1 when it has a gap, which is stored separately |
 *
 * Packed by hand because the compiler would write these struct fields in two steps and read the word again in each.
 */
type CredentialRecord is uint256;

using {publisher, validFrom, validUntil, state, hasGap, revokedAt} for CredentialRecord global;

/// @dev Packs a record.
function packCredentialRecord(
    address publisher_,
    uint40 validFrom_,
    uint40 validUntil_,
    CredentialState state_,
    bool hasGap_
) pure returns (CredentialRecord) {
    uint256 window = (uint256(validFrom_) << 160) | (uint256(validUntil_) << 200);
    return
        CredentialRecord.wrap(
            uint256(uint160(publisher_)) | window | (uint256(state_) << 240) | (hasGap_ ? uint256(1) << 248 : 0)
        );
}

function publisher(CredentialRecord record) pure returns (address) {
    return address(uint160(CredentialRecord.unwrap(record)));
}

function validFrom(CredentialRecord record) pure returns (uint40) {
    return uint40(CredentialRecord.unwrap(record) >> 160);
}

function validUntil(CredentialRecord record) pure returns (uint40) {
    return uint40(CredentialRecord.unwrap(record) >> 200);
}

function state(CredentialRecord record) pure returns (CredentialState) {
    return CredentialState(uint8(CredentialRecord.unwrap(record) >> 240));
}

function hasGap(CredentialRecord record) pure returns (bool) {
    return CredentialRecord.unwrap(record) >> 248 != 0;
}

/// @dev Returns the record revoked at `time`. It ends then, unless it ended earlier.
function revokedAt(CredentialRecord record, uint40 time) pure returns (CredentialRecord) {
    uint256 until = time < record.validUntil() ? time : record.validUntil();
    uint256 kept = CredentialRecord.unwrap(record) & ~(uint256(type(uint48).max) << 200);
    return CredentialRecord.wrap(kept | (until << 200) | (uint256(CredentialState.Revoked) << 240));
}
