// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {Credential, CredentialState} from "./ILicenseCredential.sol";

/// @dev When a credential is valid, how its gap grows, and what its parent leaves of it. Pure, so that it can be proved separately from the contract.
library CredentialValidity {
    /// @dev Whether a credential is valid at `time`.
    function isValidAt(Credential memory credential, uint40 time) internal pure returns (bool) {
        if (time < credential.validFrom || time >= credential.validUntil) return false;
        return time < credential.gapFrom || time >= credential.gapUntil;
    }

    /// @dev Opens a gap at `time` without an end. Joins it with an earlier gap.
    function openGap(Credential memory credential, uint40 time) internal pure {
        if (!_hasGap(credential)) credential.gapFrom = time;
        credential.gapUntil = type(uint40).max;
    }

    /// @dev Ends the open gap at `time`.
    function closeGap(Credential memory credential, uint40 time) internal pure {
        credential.gapUntil = time;
    }

    /// @dev Renews a credential at `time`. The time between expiry and renewal becomes part of the gap.
    function lengthen(Credential memory credential, uint40 time, uint40 validUntil) internal pure {
        uint40 expired = credential.validUntil;
        credential.validUntil = validUntil;
        if (time <= expired) return;
        if (!_hasGap(credential) || expired < credential.gapFrom) credential.gapFrom = expired;
        if (credential.state != CredentialState.Suspended) credential.gapUntil = time;
    }

    /// @dev Limits a sub-credential to the time in which its parent is valid. The gap of both spans the time between theirs
    /// too, as a gap of several suspensions does.
    function limitTo(Credential memory credential, Credential memory parent) internal pure {
        if (parent.validUntil < credential.validUntil) credential.validUntil = parent.validUntil;
        if (parent.state > credential.state) credential.state = parent.state;
        // A gap that ended before the sub-credential began does not concern it.
        if (parent.gapUntil <= credential.validFrom) return;
        if (!_hasGap(credential) || parent.gapFrom < credential.gapFrom) credential.gapFrom = parent.gapFrom;
        if (parent.gapUntil > credential.gapUntil) credential.gapUntil = parent.gapUntil;
    }

    function _hasGap(Credential memory credential) private pure returns (bool) {
        return credential.gapUntil != 0;
    }
}
