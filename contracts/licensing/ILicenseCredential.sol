// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {CredentialId, ModelId, TierId} from "../types/Ids.sol";

/// @dev The state of a credential. Expiry is not a state: it follows from the time.
enum CredentialState {
    None,
    Active,
    Suspended,
    Revoked
}

/**
 * @dev A credential as the chain keeps it. Times are Unix seconds.
 *
 * It is valid at `t` when `validFrom <= t < validUntil` and not `gapFrom <= t < gapUntil`. The gap spans all suspensions
 * and lapses, from the start of the first to the end of the last. So the chain may deny that a credential was valid at a
 * past time, but never claims validity that did not exist; the events hold the exact history. During a suspension the gap
 * has no end. A revocation moves `validUntil` to the time of the revocation.
 */
struct Credential {
    address publisher;
    uint40 validFrom;
    uint40 validUntil;
    uint40 gapFrom;
    uint40 gapUntil;
    CredentialState state;
}

/// @dev An offer that a publisher signs for one holder (EIP-712). It can be accepted once, until `deadline`, and only while
/// `epoch` is the publisher's: a change of controller ends all its offers, paid ones too.
struct Offer {
    ModelId model;
    TierId tier;
    address holder;
    uint40 validFrom;
    uint40 validUntil;
    uint32 epoch; // of the model's publisher
    uint48 deadline;
}

/**
 * @title License credentials
 * @dev One account's grant of one tier of one model, as an ERC-721 token that cannot be transferred or approved
 * (ERC-5192). The token id is the hash of model, tier and holder, so a lookup needs no index and nobody can hold the same
 * grant twice. Revocation is final for that id.
 *
 * Only accounts that may act for the model's publisher in the scope `grant` (see {Scopes}) can issue, renew, suspend,
 * reinstate and revoke. No role can do it for them. Credentials of an open tier are issued, and renewed after their end, by
 * their holders, and a holder may renounce any of its own.
 *
 * A pause (see {IWritePause}) stops {grant}, {accept}, {obtain}, {renew} and {reinstate}, and nothing else.
 */
interface ILicenseCredential {
    /// @dev The credential does not exist.
    error LicenseCredentialUnknown(CredentialId credential);

    /// @dev `credential` was already issued, or its offer was canceled. Renew it, or offer another tier if it is revoked.
    error LicenseCredentialAlreadyIssued(CredentialId credential);

    /// @dev `account` may not act for `publisher`, whose credential it is, in the scope `grant`.
    error LicenseCredentialUnauthorized(address publisher, address account);

    /// @dev `account` may not accept an offer made to `holder`.
    error LicenseCredentialNotHolder(address holder, address account);

    /// @dev `account` is neither the holder of the credential nor the controller of the holder.
    error LicenseCredentialNotRenouncer(address holder, address account);

    /// @dev The holder is the zero address.
    error LicenseCredentialMissingHolder();

    /// @dev The credential would end at `validUntil`, before or when it begins at `validFrom`.
    error LicenseCredentialEmptyWindow(uint40 validFrom, uint40 validUntil);

    /// @dev The window is `duration` seconds long; the tier allows `maxDuration`.
    error LicenseCredentialTooLong(uint256 duration, uint40 maxDuration);

    /// @dev The credential already lasts until `current`; renewing it to `validUntil` would not extend it.
    error LicenseCredentialNotLonger(uint40 current, uint40 validUntil);

    /// @dev The tier is not open. Ask the publisher for a credential.
    error LicenseCredentialTierNotOpen(ModelId model, TierId tier);

    /// @dev The credential is `state`, which does not allow this.
    error LicenseCredentialUnexpectedState(CredentialId credential, CredentialState state);

    /// @dev The offer expired at `deadline` (Unix seconds).
    error LicenseCredentialOfferExpired(uint48 deadline);

    /// @dev The offer was signed for `epoch` of `publisher`, whose epoch is `current`: control has changed since.
    error LicenseCredentialOtherEpoch(address publisher, uint32 epoch, uint32 current);

    /// @dev The signature is not `signer`'s, or not for this offer, chain and contract.
    error LicenseCredentialInvalidSignature(address signer);

    /// @dev The text has `length` bytes; the limit is 2,048.
    error LicenseCredentialTextTooLong(uint256 length);

    /// @dev Credentials cannot be transferred or approved.
    error LicenseCredentialSoulbound();

    /// @dev Emitted once per credential. It is valid while `validFrom <= block.timestamp < validUntil`.
    event CredentialIssued(
        CredentialId indexed credential,
        ModelId indexed model,
        address indexed holder,
        TierId tier,
        address publisher,
        uint40 validFrom,
        uint40 validUntil
    );

    /// @dev Emitted when a credential is renewed until `validUntil`. An expired one is valid again from the time of the
    /// renewal.
    event CredentialRenewed(CredentialId indexed credential, address indexed account, uint40 validUntil);

    /// @dev Emitted when a credential is suspended. It is not valid until reinstated.
    event CredentialSuspended(CredentialId indexed credential, address indexed account, string reason);

    /// @dev Emitted when a suspension ends.
    event CredentialReinstated(CredentialId indexed credential, address indexed account);

    /// @dev Emitted when a credential is revoked permanently.
    event CredentialRevoked(CredentialId indexed credential, address indexed account, string reason);

    /// @dev Emitted when the holder gives a credential up. It is revoked from now on.
    event CredentialRenounced(CredentialId indexed credential, address indexed account);

    /// @dev Emitted when a publisher cancels its offers of a tier to one holder. `credential` can never be issued.
    event OfferCanceled(
        CredentialId indexed credential,
        ModelId indexed model,
        address indexed holder,
        TierId tier,
        address account
    );

    /// @dev Issues a credential to `holder`. It is valid from the later of `validFrom` and now, and while
    /// `block.timestamp < validUntil`. The largest uint40 means that it does not expire.
    ///
    /// Requirements: the caller may act for the model's publisher; the tier is offered; the holder is not zero; the
    /// credential is new; the window is not empty and within the tier's longest duration. Emits {CredentialIssued} and
    /// ERC-721's and ERC-5192's events.
    function grant(
        ModelId model,
        TierId tier,
        address holder,
        uint40 validFrom,
        uint40 validUntil
    ) external returns (CredentialId credential);

    /// @dev Accepts a signed offer. `signer` is the controller of the model's publisher, or an operator in the scope `grant`:
    /// a key or an ERC-1271 contract. Requirements: the caller is the holder or may act for it in that scope; the offer's
    /// epoch is the publisher's, else {LicenseCredentialOtherEpoch}; otherwise as {grant}.
    function accept(
        Offer calldata offer,
        address signer,
        bytes calldata signature
    ) external returns (CredentialId credential);

    /// @dev Issues a credential of an open tier to the caller, from now for the tier's longest duration. It does not
    /// expire if the tier has no limit. A credential of the caller that has ended is renewed instead, for as long.
    ///
    /// Requirements: the tier is offered and open; the credential is new, or active and past its end. Emits
    /// {CredentialIssued} and ERC-721's and ERC-5192's events, or {CredentialRenewed}.
    function obtain(ModelId model, TierId tier) external returns (CredentialId credential);

    /// @dev Renews a credential. Requirements: the caller may act for the model's publisher; the tier is still offered;
    /// the credential is not revoked; `validUntil` is later than the current end and in the future, and no further from
    /// now, or from a beginning that is to come, than the tier's longest duration. A suspended credential stays suspended. Emits {CredentialRenewed}.
    function renew(ModelId model, TierId tier, address holder, uint40 validUntil) external;

    /// @dev Suspends a credential. Requirements: the caller may act for the publisher; it is active; `reason` has at most
    /// 2,048 bytes. Emits {CredentialSuspended}.
    function suspend(CredentialId credential, string calldata reason) external;

    /// @dev Ends a suspension. Requirements: the caller may act for the publisher; it is suspended. Emits
    /// {CredentialReinstated}.
    function reinstate(CredentialId credential) external;

    /// @dev Revokes a credential permanently. Requirements: the caller may act for the publisher; it is not revoked;
    /// `reason` has at most 2,048 bytes. Emits {CredentialRevoked}.
    function revoke(CredentialId credential, string calldata reason) external;

    /// @dev Gives a credential up, permanently. The token stays with its holder, and so does the history. Never paused.
    /// Requirements: the caller is the holder or its controller; the credential is not revoked. Emits
    /// {CredentialRenounced}.
    function renounce(CredentialId credential) external;

    /// @dev Cancels every offer of `tier` of `model` to `holder` before it is accepted. The credential can then never be
    /// issued: {credentialOf} shows it as revoked, and it has no token. Never paused.
    ///
    /// Requirements: the caller may act for the model's publisher; the tier is offered; the credential is new. Emits
    /// {OfferCanceled}.
    function cancelOffer(ModelId model, TierId tier, address holder) external;

    /// @dev Whether the credential is valid now, whatever became of its model: ask the ledger for that. An unknown one is
    /// not.
    function isValid(CredentialId credential) external view returns (bool);

    /// @dev Whether the credential is valid at `time` (Unix seconds), judged by its current record.
    function isValidAt(CredentialId credential, uint40 time) external view returns (bool);

    /// @dev The credential; all zero when it was not issued.
    function credentialOf(CredentialId credential) external view returns (Credential memory);

    /// @dev The id of the credential for `tier` of `model` held by `holder`, issued or not.
    function hashCredential(ModelId model, TierId tier, address holder) external pure returns (CredentialId);
}
