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
}
