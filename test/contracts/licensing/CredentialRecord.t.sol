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
        bool hasGap
    ) public pure {
        CredentialState given = CredentialState(bound(state, 0, uint256(type(CredentialState).max)));
        CredentialRecord record = packCredentialRecord(publisher, validFrom, validUntil, given, hasGap);
        _check(record, publisher, validFrom, validUntil, given, hasGap);
    }

    /// @dev A revocation ends a credential at once, unless it ended earlier, and changes nothing else.
    function testFuzz_revokedAt_endsItAndKeepsTheRest(
        address publisher,
        uint40 validFrom,
        uint40 validUntil,
        uint8 state,
        bool hasGap,
        uint40 time
    ) public pure {
        CredentialState given = CredentialState(bound(state, 0, uint256(type(CredentialState).max)));
        CredentialRecord record = packCredentialRecord(publisher, validFrom, validUntil, given, hasGap).revokedAt(time);
        uint40 end = time < validUntil ? time : validUntil;
        _check(record, publisher, validFrom, end, CredentialState.Revoked, hasGap);
    }

    function _check(
        CredentialRecord record,
        address publisher,
        uint40 validFrom,
        uint40 validUntil,
        CredentialState state,
        bool hasGap
    ) private pure {
        assertEq(record.publisher(), publisher, "publisher");
        assertEq(record.validFrom(), validFrom, "valid from");
        assertEq(record.validUntil(), validUntil, "valid until");
        assertEq(uint256(record.state()), uint256(state), "state");
        assertEq(record.hasGap(), hasGap, "has a gap");
    }
}
