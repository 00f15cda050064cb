// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {CredentialState} from "./ILicenseCredential.sol";

/**
 * @dev Everything stored of a credential without flags, in one word. Zero means not issued.
 *
 * | bits | what |
 * | --- | --- |
 * | 0-159 | publisher |
 * | 160-199 | valid from, Unix seconds |
 * | 200-239 | valid until, Unix seconds |
 * | 240-247 | {CredentialState} |
 * | 248 | it has a gap, which is stored separately |
 * | 249 | it lifts terms; the rights are stored with the gap |
 * | 250 | it is a sub-credential, whose parent is stored separately |
 * | 251 | it is a sub-credential that others than the publisher suspended or revoked last |
 *
 * Packed by hand because the compiler would write these struct fields in two steps and read the word again in each.
 */
type CredentialRecord is uint256;

using {
    publisher,
    validFrom,
    validUntil,
    state,
    flags,
    hasDetails,
    isSub,
    isEndedByOthers,
    revokedAt,
    endedBy
} for CredentialRecord global;

/// @dev Bits of a record's flags.
library CredentialFlags {
    uint8 internal constant GAP = 1 << 0;
    uint8 internal constant LIFTS = 1 << 1;
    uint8 internal constant SUB = 1 << 2;
    uint8 internal constant ENDED_BY_OTHERS = 1 << 3;
}

/// @dev Packs a record.
function packCredentialRecord(
    address publisher_,
    uint40 validFrom_,
    uint40 validUntil_,
    CredentialState state_,
    uint8 flags_
) pure returns (CredentialRecord) {
    uint256 window = (uint256(validFrom_) << 160) | (uint256(validUntil_) << 200);
    return
        CredentialRecord.wrap(
            uint256(uint160(publisher_)) | window | (uint256(state_) << 240) | (uint256(flags_) << 248)
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

function flags(CredentialRecord record) pure returns (uint8) {
    return uint8(CredentialRecord.unwrap(record) >> 248);
}

/// @dev Whether a second word is stored.
function hasDetails(CredentialRecord record) pure returns (bool) {
    return record.flags() & (CredentialFlags.GAP | CredentialFlags.LIFTS) != 0;
}

function isSub(CredentialRecord record) pure returns (bool) {
    return record.flags() & CredentialFlags.SUB != 0;
}

function isEndedByOthers(CredentialRecord record) pure returns (bool) {
    return record.flags() & CredentialFlags.ENDED_BY_OTHERS != 0;
}

/// @dev Returns the record of a sub-credential with who suspended or revoked it last.
function endedBy(CredentialRecord record, bool others) pure returns (CredentialRecord) {
    uint256 bit = uint256(CredentialFlags.ENDED_BY_OTHERS) << 248;
    uint256 word = CredentialRecord.unwrap(record);
    return CredentialRecord.wrap(others ? word | bit : word & ~bit);
}

/// @dev Returns the record revoked at `time`. It ends then, unless it ended earlier.
function revokedAt(CredentialRecord record, uint40 time) pure returns (CredentialRecord) {
    uint256 until = time < record.validUntil() ? time : record.validUntil();
    uint256 kept = CredentialRecord.unwrap(record) & ~(uint256(type(uint48).max) << 200);
    return CredentialRecord.wrap(kept | (until << 200) | (uint256(CredentialState.Revoked) << 240));
}
