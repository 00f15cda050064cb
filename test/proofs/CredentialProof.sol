// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {CredentialValidity} from "../../contracts/licensing/CredentialValidity.sol";
import {Credential} from "../../contracts/licensing/ILicenseCredential.sol";

/// @dev Lemmas about when a credential is valid, each for all values of its parameters. The fuzz tests cover how its
/// gap grows, because the checker treats a struct that a function changes in place as a copy.
contract CredentialProof {
    using CredentialValidity for Credential;

    /// @dev It is valid exactly within its window and outside its gap.
    function proveThatItIsValidInItsWindowOnly(Credential memory credential, uint40 time) external pure {
        bool inWindow = credential.validFrom <= time && time < credential.validUntil;
        bool inGap = credential.gapFrom <= time && time < credential.gapUntil;
        assert(credential.isValidAt(time) == (inWindow && !inGap));
    }

    /// @dev The window of a revoked credential ends at its revocation, so it is never valid afterwards.
    function proveThatItEndsWithItsWindow(Credential memory credential, uint40 revokedAt, uint40 time) external pure {
        bool before = credential.isValidAt(time);
        if (revokedAt < credential.validUntil) credential.validUntil = revokedAt;
        bool afterwards = credential.isValidAt(time);
        if (time >= revokedAt) assert(!afterwards);
        else assert(afterwards == before);
    }

    /// @dev A sub-credential is valid only while both it and its parent are. The parent began before it: it is issued under a
    /// valid one.
    function proveThatAParentLeavesNothingOfItsOwnEnd(
        Credential memory credential,
        Credential memory parent,
        uint40 time
    ) external pure {
        require(_isPossible(credential) && _isPossible(parent) && parent.validFrom <= credential.validFrom);
        Credential memory left = credential.limitedTo(parent);
        if (_isIn(left, time)) assert(_isIn(credential, time) && _isIn(parent, time));
    }

    /// @dev Of the time in which both are valid, nothing is lost but what lies between the gaps of both.
    function proveThatAParentTakesOnlyTheTimeBetween(
        Credential memory credential,
        Credential memory parent,
        uint40 time
    ) external pure {
        require(_isPossible(credential) && _isPossible(parent) && parent.validFrom <= credential.validFrom);
        Credential memory left = credential.limitedTo(parent);
        if (!_isIn(credential, time) || !_isIn(parent, time) || _isIn(left, time)) return;
        bool afterOne = time >= credential.gapUntil || time >= parent.gapUntil;
        bool beforeOther = time < credential.gapFrom || time < parent.gapFrom;
        assert(credential.gapUntil != 0 && parent.gapUntil > credential.validFrom);
        assert(afterOne && beforeOther);
    }

    /// @dev It has the harsher state of both, and keeps all else that is its own.
    function proveThatAParentLeavesTheHarsherState(
        Credential memory credential,
        Credential memory parent
    ) external pure {
        Credential memory left = credential.limitedTo(parent);
        assert(left.state == credential.state || left.state == parent.state);
        assert(left.state >= credential.state && left.state >= parent.state);
        assert(left.publisher == credential.publisher && left.lifts == credential.lifts);
        assert(left.validFrom == credential.validFrom);
    }

    /// @dev What the interface says of a valid time, written by itself.
    function _isIn(Credential memory credential, uint40 time) private pure returns (bool) {
        bool inGap = credential.gapFrom <= time && time < credential.gapUntil;
        return credential.validFrom <= time && time < credential.validUntil && !inGap;
    }

    /// @dev A credential without a gap has neither of its ends; one with a gap has them in order.
    function _isPossible(Credential memory credential) private pure returns (bool) {
        if (credential.gapUntil == 0) return credential.gapFrom == 0;
        return credential.gapFrom <= credential.gapUntil;
    }
}
