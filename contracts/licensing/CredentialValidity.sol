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

    /// @dev What the parent leaves of a sub-credential: the time in which both are valid. The gap spans the time between those of
    /// both too, as a gap of several suspensions does.
    function limitedTo(
        Credential memory credential,
        Credential memory parent
    ) internal pure returns (Credential memory) {
        // A gap that ended before the sub-credential began does not concern it.
        bool sharesGap = parent.gapUntil > credential.validFrom;
        bool opensEarlier = sharesGap && (!_hasGap(credential) || parent.gapFrom < credential.gapFrom);
        bool closesLater = sharesGap && parent.gapUntil > credential.gapUntil;
        return
            Credential({
                publisher: credential.publisher,
                validFrom: credential.validFrom,
                validUntil: parent.validUntil < credential.validUntil ? parent.validUntil : credential.validUntil,
                gapFrom: opensEarlier ? parent.gapFrom : credential.gapFrom,
                gapUntil: closesLater ? parent.gapUntil : credential.gapUntil,
                state: parent.state > credential.state ? parent.state : credential.state,
                lifts: credential.lifts
            });
    }

    function _hasGap(Credential memory credential) private pure returns (bool) {
        return credential.gapUntil != 0;
    }
}
