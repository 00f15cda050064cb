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
    uint16 lifts; // rights
}

/**
 * @dev What a publisher grants to one holder.
 *
 * - `validFrom`, `validUntil`: it is valid from the later of `validFrom` and now, and while `block.timestamp < validUntil`. The
 *   largest uint40 means that it does not expire.
 * - `payment`: SHA-256 of a receipt, zero for none. Only the event has it.
 * - `agreement`: SHA-256 of confidential terms between publisher and holder, zero for none. Only the event has it.
 * - `lifts`: the rights (see {Rights}) that the agreement gives beyond the terms of the tier. The publisher states them with
 *   its grant, because nobody else can read the agreement. Zero exactly when `agreement` is.
 */
struct Grant {
    ModelId model;
    TierId tier;
    address holder;
    uint40 validFrom;
    uint40 validUntil;
    bytes32 payment;
    bytes32 agreement;
    uint16 lifts; // rights
}

/// @dev An offer that a publisher signs for one holder. It can be accepted once, until `deadline`, and only while `epoch` is
/// the publisher's: a change of controller ends all its offers, paid ones too. What is signed (EIP-712) is one flat
/// struct `Offer`: the members of the grant, then these two.
struct Offer {
    Grant grant;
    uint32 epoch; // of the model's publisher
    uint48 deadline;
}

/**
 * @title License credentials
 * @dev One account's grant of one tier of one model, as an ERC-721 token that cannot be transferred or approved
 * (ERC-5192). The token id is the hash of model, tier and holder, so a lookup needs no index and nobody can hold the same
 * grant twice. Revocation by the publisher is final for that id, and so is that of a credential without a parent.
 *
 * Only accounts that may act for the model's publisher in the scope `grant` (see {Scopes}) can issue, renew, suspend,
 * reinstate and revoke. No role can do it for them. Credentials of an open tier are issued, and renewed after their end, by
 * their holders, and a holder may renounce any of its own.
 *
 * A pause (see {IWritePause}) stops {grant}, {grantUnder}, {accept}, {obtain}, {renew} and {reinstate}, and nothing else.
 *
 * Where a tier allows sub-credentials, the holder of a credential of it (the parent) may issue others under its own: of the
 * same model and tier, within its window, and without what an agreement lifts. So they are never wider or longer than the
 * parent, and a sub-credential cannot have others under it. Whatever ends or interrupts the parent, does so to them:
 * {credentialOf}, {isValid} and {isValidAt} say what parent and sub-credential say together. The parent's holder renews
 * them; it and the publisher can each suspend and revoke them. The publisher's word stands: the parent's holder cannot end a
 * suspension by the publisher, and the publisher can make a suspension or revocation by another its own.
 *
 * A sub-credential takes nothing from its holder that it had without: until the publisher suspends or revokes it, the
 * publisher can grant the same tier to the holder itself, or the holder accept or obtain it. That credential replaces the
 * sub-credential, from then on, under the same id. After a revocation by another than the publisher, or after the holder has
 * given it up, a sub-credential can be issued again.
 */
interface ILicenseCredential {
    /// @dev The credential does not exist.
    error LicenseCredentialUnknown(CredentialId credential);

    /// @dev `credential` was already issued, or its offer was canceled. Renew it, or offer another tier if it is revoked.
    error LicenseCredentialAlreadyIssued(CredentialId credential);

    /// @dev `account` may not act for `publisher`, whose credential it is, in the scope `grant`.
    error LicenseCredentialUnauthorized(address publisher, address account);

    /// @dev `account` may not act for `holder`, to whom an offer was made or who holds the credential above a sub-credential.
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

    /// @dev The tier does not allow sub-credentials. Ask the publisher for a credential.
    error LicenseCredentialNoSubCredentials(ModelId model, TierId tier);

    /// @dev `credential` is a sub-credential, under which no other can be issued. Ask the holder of its parent, or the publisher.
    error LicenseCredentialIsSubCredential(CredentialId credential);

    /// @dev `credential`, the parent, is not valid now, so nothing can be issued or renewed under it.
    error LicenseCredentialInvalidParent(CredentialId credential);

    /// @dev A sub-credential would last until `validUntil`, longer than its parent, which ends at `parentUntil`.
    error LicenseCredentialBeyondParent(uint40 validUntil, uint40 parentUntil);

    /// @dev An agreement and the rights that it lifts are stated together, or neither is.
    error LicenseCredentialIncompleteAgreement(bytes32 agreement, uint16 lifts);

    /// @dev `lifts` has undefined bits.
    error LicenseCredentialUndefinedRights(uint16 lifts);

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

    /// @dev Emitted when a credential is issued: once, or again where it replaces a sub-credential of the same id or one that was
    /// revoked (see {ILicenseCredential}), of which nothing is left then. It is valid while `validFrom <= block.timestamp <
    /// validUntil`. `parent` is zero but for a sub-credential. `payment`, `agreement` and `lifts` are those of the {Grant}.
    event CredentialIssued(
        CredentialId indexed credential,
        ModelId indexed model,
        address indexed holder,
        TierId tier,
        address publisher,
        uint40 validFrom,
        uint40 validUntil,
        CredentialId parent,
        bytes32 payment,
        bytes32 agreement,
        uint16 lifts
    );

    /// @dev Emitted when somebody asks for a credential of a tier. Nothing follows from it on chain.
    event CredentialRequested(
        ModelId indexed model,
        TierId indexed tier,
        address indexed holder,
        bytes32 details,
        string uri
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

    /// @dev Issues a credential (see {Grant}).
    ///
    /// Requirements: the caller may act for the model's publisher; the tier is offered; the credential is new, or a
    /// sub-credential that the publisher has neither suspended nor revoked; the window is not empty and within the tier's
    /// longest duration; `lifts` are defined rights, and stated exactly when an agreement is. Emits {CredentialIssued}, and
    /// ERC-721's and ERC-5192's events if it is new.
    function grant(Grant calldata grant_) external returns (CredentialId credential);

    /// @dev Issues a sub-credential to `holder` under the credential of `licensee` for the same tier of the same model.
    ///
    /// Requirements: the tier is offered and allows sub-credentials; the caller is the controller of the licensee, which is
    /// the licensee itself unless it has handed over, or its operator in the scope `grant`, else {LicenseCredentialNotHolder};
    /// the licensee's credential is not a sub-credential, and is valid now; the window is not empty and does not end after the
    /// parent's; the credential is new, or a sub-credential that was revoked or given up, and not by the publisher. Emits as
    /// {grant}.
    function grantUnder(
        ModelId model,
        TierId tier,
        address licensee,
        address holder,
        uint40 validFrom,
        uint40 validUntil
    ) external returns (CredentialId credential);

    /// @dev Asks the publisher for a credential of a tier for the caller. `details` is the SHA-256 of the application, zero for
    /// none, and `uri` is where it is. Anybody may ask, and ask again. Requirements: the tier is offered; a URI of at most
    /// 2,048 bytes. Emits {CredentialRequested}.
    function request(ModelId model, TierId tier, bytes32 details, string calldata uri) external;

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

    /// @dev Renews a credential. Requirements: the caller may act for the model's publisher, or for the parent's holder if it is
    /// a sub-credential; the tier is still offered; the credential is not revoked; `validUntil` is later than the current end
    /// and in the future, and no further from now than the tier's longest duration; the parent is valid now and does not end
    /// before. A suspended credential stays suspended. Emits {CredentialRenewed}.
    function renew(ModelId model, TierId tier, address holder, uint40 validUntil) external;

    /// @dev Suspends a credential. Requirements: the caller may act for the publisher, or for the parent's holder if it is a
    /// sub-credential; it is active, or the publisher suspends what the parent's holder had suspended. Emits
    /// {CredentialSuspended}.
    function suspend(CredentialId credential, string calldata reason) external;

    /// @dev Ends a suspension. Requirements: the caller may act for the publisher, or for the parent's holder if that suspended
    /// it; it is suspended, itself and not only its parent. Emits {CredentialReinstated}.
    function reinstate(CredentialId credential) external;

    /// @dev Revokes a credential permanently. Requirements: the caller may act for the publisher, or for the parent's holder if
    /// it is a sub-credential; it is not revoked, or the publisher revokes what another had revoked or given up, so that it
    /// cannot be issued again. Emits {CredentialRevoked}.
    function revoke(CredentialId credential, string calldata reason) external;

    /// @dev Gives a credential up, permanently. The token stays with its holder, and so does the history. Never paused.
    /// Requirements: the caller is the holder or its controller; the credential is not revoked. Emits
    /// {CredentialRenounced}.
    function renounce(CredentialId credential) external;

    /// @dev Cancels every offer of `tier` of `model` to `holder` before it is accepted. The credential can then never be
    /// issued: {credentialOf} shows it as revoked, and it has no token. Never paused.
    ///
    /// Requirements: the caller may act for the model's publisher; the tier is offered; the credential is new. Revoke a
    /// sub-credential instead, which ends the offers too. Emits {OfferCanceled}.
    function cancelOffer(ModelId model, TierId tier, address holder) external;

    /// @dev Whether the credential is valid now, whatever became of its model: ask the ledger for that. An unknown one is
    /// not.
    function isValid(CredentialId credential) external view returns (bool);

    /// @dev Whether the credential is valid at `time` (Unix seconds), judged by its current record.
    function isValidAt(CredentialId credential, uint40 time) external view returns (bool);

    /// @dev The parent of a sub-credential; zero for any other credential.
    function parentOf(CredentialId credential) external view returns (CredentialId);

    /// @dev The credential, and if it has a parent, what the parent leaves of it: the earlier end, both gaps, and the harsher
    /// state. All zero when it was not issued.
    function credentialOf(CredentialId credential) external view returns (Credential memory);

    /// @dev The id of the credential for `tier` of `model` held by `holder`, issued or not.
    function hashCredential(ModelId model, TierId tier, address holder) external pure returns (CredentialId);
}
