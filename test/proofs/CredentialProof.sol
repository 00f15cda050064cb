// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {CredentialValidity} from "../../contracts/licensing/CredentialValidity.sol";
import {Credential} from "../../contracts/licensing/ILicenseCredential.sol";

/// @dev Lemmas about when a credential is valid, each for all values of its parameters. How its gap grows is left to the fuzz tests: the
/// checker takes a struct that a function changes in place for a copy.
contract CredentialProof {
    using CredentialValidity for Credential;

    /// @dev It is valid in its window and not in its gap, and at no other time.
    function proveThatItIsValidInItsWindowOnly(Credential memory credential, uint40 time) external pure {
        bool inWindow = credential.validFrom <= time && time < credential.validUntil;
        bool inGap = credential.gapFrom <= time && time < credential.gapUntil;
        assert(credential.isValidAt(time) == (inWindow && !inGap));
    }

    /// @dev A revoked credential is one whose window ends at its revocation: it is valid from then on at no time.
    function proveThatItEndsWithItsWindow(Credential memory credential, uint40 revokedAt, uint40 time) external pure {
        bool before = credential.isValidAt(time);
        if (revokedAt < credential.validUntil) credential.validUntil = revokedAt;
        bool afterwards = credential.isValidAt(time);
        if (time >= revokedAt) assert(!afterwards);
        else assert(afterwards == before);
    }
}
