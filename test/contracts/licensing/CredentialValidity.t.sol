// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {CredentialState, Grant, ILicenseCredential} from "../../../contracts/licensing/ILicenseCredential.sol";
import {CredentialId, ModelId, TermsId, TierId} from "../../../contracts/types/Ids.sol";
import {LedgerTest} from "../base/LedgerTest.sol";

/**
 * @dev Holds a credential against its naive history: a list of what happened and when. At a time `t` a credential was valid
 * when, by all that had happened until then, it had begun, had not ended, and was neither suspended nor revoked.
 */
contract CredentialValidityTest is LedgerTest {
    struct Moment {
        uint40 time;
        uint40 validUntil;
        bool suspended;
        bool revoked;
    }

    address private constant HOLDER = address(0xbeef);

    ModelId private _model;
    TierId private _tier;
    CredentialId private _id;
    uint40 private _validFrom;
    Moment[] private _history;

    function setUp() public override {
        super.setUp();
        TermsId terms = ledger.publishTerms(_terms("terms", 1));
        _model = _registerRoot("model");
        _tier = _offer(_model, terms, false, 0);
        _id = credentials.hashCredential(_model, _tier, HOLDER);
    }

    /// @dev Times are close together, so that they often coincide.
    function testFuzz_isValidAt_saysNeverMoreThanWasTrueAndTheTruthForNow(
        uint8 delay,
        uint8 length,
        uint8[16] memory steps,
        uint8[16] memory waits,
        uint8[16] memory lengths
    ) public {
        uint40 time = uint40(block.timestamp);
        uint40 begin = time;
        uint40 until = time + (delay % 8) + 1 + (length % 16);
        credentials.grant(Grant(_model, _tier, HOLDER, time + (delay % 8), until, 0, 0, 0));
        _validFrom = time + (delay % 8);
        _history.push(Moment(time, until, false, false));

        for (uint256 i = 0; i < steps.length; ++i) {
            time += waits[i] % 8;
            VM.warp(time);
            _step(steps[i] % 8, time, time + (lengths[i] % 16));
            _check(begin, time);
        }
    }

    /// @dev Tries one act. An act against the rules must revert and change nothing.
    function _step(uint8 step, uint40 time, uint40 until) private {
        Moment memory moment = _history[_history.length - 1];
        moment.time = time;
        bool allowed;
        bool success;
        if (step < 3) {
            uint40 start = time > _validFrom ? time : _validFrom;
            allowed = !moment.revoked && until > moment.validUntil && until > start;
            moment.validUntil = until;
            success = _try(abi.encodeCall(ILicenseCredential.renew, (_model, _tier, HOLDER, until)));
        } else if (step < 5) {
            allowed = !moment.revoked && !moment.suspended;
            moment.suspended = true;
            success = _try(abi.encodeCall(ILicenseCredential.suspend, (_id, "")));
        } else if (step < 7) {
            allowed = !moment.revoked && moment.suspended;
            moment.suspended = false;
            success = _try(abi.encodeCall(ILicenseCredential.reinstate, (_id)));
        } else if (until % 4 == 0) {
            allowed = !moment.revoked;
            moment.revoked = true;
            success = _try(abi.encodeCall(ILicenseCredential.revoke, (_id, "")));
        }
        assertEq(success, allowed, "allowed");
        if (allowed) _history.push(moment);
    }

    function _check(uint40 begin, uint40 time) private view {
        assertEq(credentials.isValid(_id), _wasValid(time), "valid now");
        assertEq(credentials.isValidAt(_id, time), _wasValid(time), "valid at the present time");
        for (uint40 past = begin - 2; past < time; ++past) {
            if (credentials.isValidAt(_id, past)) assertTrue(_wasValid(past), "valid in the past, which it was not");
        }
        for (uint40 future = time + 1; future < time + 20; ++future) {
            assertEq(credentials.isValidAt(_id, future), _wasValid(future), "valid in the future if nothing happens");
        }
        CredentialState state = credentials.credentialOf(_id).state;
        Moment memory last = _history[_history.length - 1];
        assertEq(state == CredentialState.Revoked, last.revoked, "revoked");
        if (!last.revoked) assertEq(state == CredentialState.Suspended, last.suspended, "suspended");
    }

    function _wasValid(uint40 time) private view returns (bool) {
        for (uint256 i = _history.length; i > 0; --i) {
            Moment memory moment = _history[i - 1];
            if (moment.time > time) continue;
            return time >= _validFrom && time < moment.validUntil && !moment.suspended && !moment.revoked;
        }
        return false;
    }

    function _try(bytes memory data) private returns (bool success) {
        (success, ) = address(credentials).call(data);
    }
}
