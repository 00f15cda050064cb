// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {CredentialRecord, packCredentialRecord} from "../../../contracts/licensing/CredentialRecord.sol";
import {CredentialState} from "../../../contracts/licensing/ILicenseCredential.sol";
import {Test} from "../base/Test.sol";

contract CredentialRecordTest is Test {
    function testFuzz_record_givesBackWhatWasPacked(
        address publisher,
        uint40 validFrom,
        uint40 validUntil,
        uint8 state,
        uint8 flags
    ) public pure {
        CredentialState given = CredentialState(bound(state, 0, uint256(type(CredentialState).max)));
        CredentialRecord record = packCredentialRecord(publisher, validFrom, validUntil, given, flags);
        _check(record, publisher, validFrom, validUntil, given, flags);
    }

    /// @dev A revocation ends a credential at once, unless it ended earlier, and changes nothing else.
    function testFuzz_revokedAt_endsItAndKeepsTheRest(
        address publisher,
        uint40 validFrom,
        uint40 validUntil,
        uint8 state,
        uint8 flags,
        uint40 time
    ) public pure {
        CredentialState given = CredentialState(bound(state, 0, uint256(type(CredentialState).max)));
        CredentialRecord record = packCredentialRecord(publisher, validFrom, validUntil, given, flags).revokedAt(time);
        uint40 end = time < validUntil ? time : validUntil;
        _check(record, publisher, validFrom, end, CredentialState.Revoked, flags);
    }

    /// @dev Who ended a sub-credential is one bit, and changes nothing else.
    function testFuzz_endedBy_changesOneBit(uint256 word, bool others) public pure {
        CredentialRecord record = CredentialRecord.wrap(word).endedBy(others);
        uint256 bit = 1 << 251;
        assertEq(CredentialRecord.unwrap(record), others ? word | bit : word & ~bit, "record");
        assertEq(record.isEndedByOthers(), others, "ended by others");
    }

    function _check(
        CredentialRecord record,
        address publisher,
        uint40 validFrom,
        uint40 validUntil,
        CredentialState state,
        uint8 flags
    ) private pure {
        assertEq(record.publisher(), publisher, "publisher");
        assertEq(record.validFrom(), validFrom, "valid from");
        assertEq(record.validUntil(), validUntil, "valid until");
        assertEq(uint256(record.state()), uint256(state), "state");
        assertEq(record.flags(), flags, "flags");
        assertEq(record.hasDetails(), flags % 4 != 0, "has details");
        assertEq(record.isSub(), (flags >> 2) % 2 == 1, "is a sub-credential");
        assertEq(record.isEndedByOthers(), (flags >> 3) % 2 == 1, "ended by others");
    }
}
