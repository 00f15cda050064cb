// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {CredentialId, LogId, ModelId, TierId} from "../types/Ids.sol";

/// @dev The state of a usage log at `anchoredAt` (Unix seconds). All counts are totals since the log began.
struct Checkpoint {
    uint64 size; // records in the log
    uint64 calls; // served calls
    uint88 tokens;
    uint40 anchoredAt;
    bytes32 root; // RFC 9162 Merkle tree hash of the first `size` records
}

/// @dev The latest counts of a log and the quotas of its tier. A quota of zero means no limit.
struct Usage {
    uint64 calls;
    uint64 callQuota;
    uint88 tokens;
    uint64 tokenQuota;
    bool exceeded; // a count exceeds its quota
    uint32 epoch; // of the log
}

/// @dev What a statement about an endpoint rests on.
enum ServingGrade {
    Stated, // the publisher's word only
    Probed, // an outsider's report on the endpoint's answers
    Attested // a quote of a trusted execution environment
}

/**
 * @dev A publisher's statement which model answers at an endpoint. Of one publisher's statements and revocations about one
 * origin and name, the latest counts. Times are Unix seconds.
 */
struct ServingStatement {
    address publisher;
    ModelId model;
    string origin; // scheme, host and port, such as https://api.example.com
    string name; // the model name in requests
    uint40 from;
    uint40 until;
    ServingGrade grade;
    bytes32 evidence; // SHA-256 of the report or the quote; zero exactly when the grade is `Stated`
}

/**
 * @title Anchored logs of calls that were made under a credential
 * @dev A gateway's operator keeps one append-only log per credential: an RFC 9162 (Certificate Transparency 2.0) Merkle
 * tree over SHA-256. It anchors checkpoints of that log. A checkpoint never changes, and the next one is larger. A
 * consistency proof shows whether the next one extends the same records.
 *
 * A publisher also states here which registered model its endpoints serve, so that an endpoint can be asked which model
 * answers.
 *
 * Assumptions: an operator speaks only for itself. Nothing here proves that its records are true or complete. It does
 * prove that the operator made them and did not replace them later. Nothing proves that a statement about an endpoint is
 * true, that the origin is the publisher's, or that the model is registered; evidence is named by its digest and not looked
 * at. The reader decides whose word counts.
 *
 * A log has an epoch, from 0. A wrong checkpoint, such as one by a stolen key, would end a log for good, because the next one
 * has to be larger. So the operator's controller can close the log and open that of the next epoch, which is empty. The
 * closed log stays readable. A reader sees that there is one, and may ask why.
 */
interface IUsageAudit {
    /// @dev `account` may not act for `operator` in the scope `audit`, or `deploy` for a statement (see {Scopes}).
    error UsageAuditUnauthorized(address operator, address account);

    /// @dev `account` is not the controller of `operator`.
    error UsageAuditNotController(address operator, address account);

    /// @dev The open log of `operator` for `credential` is that of the epoch `current`, not of `epoch`.
    error UsageAuditUnexpectedEpoch(address operator, CredentialId credential, uint32 current, uint32 epoch);

    /// @dev `log` is open and has no checkpoint, so it does not have to be reopened.
    error UsageAuditEmptyLog(LogId log);

    /// @dev The credential does not exist.
    error UsageAuditUnknownCredential(CredentialId credential);

    /// @dev The last checkpoint has `current` records; a new one with `size` is not larger.
    error UsageAuditNotLarger(LogId log, uint64 current, uint64 size);

    /// @dev `calls` or `tokens` are lower than in the last checkpoint, or `calls` exceeds the number of records (`size`).
    error UsageAuditImplausibleCounts(LogId log, uint64 size, uint64 calls, uint88 tokens);

    /// @dev The root is zero.
    error UsageAuditMissingRoot(LogId log);

    /// @dev `log` does not have a checkpoint of `size` records.
    error UsageAuditUnknownCheckpoint(LogId log, uint64 size);

    /// @dev Origin or name of an endpoint has `length` bytes: use 1 to 2,048.
    error UsageAuditTextLength(uint256 length);

    /// @dev The statement would end at `until`, before or when it begins at `from`.
    error UsageAuditEmptyStatement(uint40 from, uint40 until);

    /// @dev A statement of the grade `Stated` names evidence, or one of another grade does not.
    error UsageAuditUnexpectedEvidence(ServingGrade grade, bytes32 evidence);

    /// @dev The signature expired at `deadline` (Unix seconds).
    error UsageAuditSignatureExpired(uint48 deadline);

    /// @dev The statement was signed for `epoch` of `publisher`, whose epoch is `current`: control has changed since.
    error UsageAuditOtherEpoch(address publisher, uint32 epoch, uint32 current);

    /// @dev The statement was signed as the word number `revision` of `publisher` about `endpoint`; the next is `next`.
    error UsageAuditOtherRevision(address publisher, bytes32 endpoint, uint32 revision, uint32 next);

    /// @dev The signature is not `signer`'s, or not for this statement, epoch, revision, deadline, chain and contract.
    error UsageAuditInvalidSignature(address signer);

    /// @dev Emitted when a publisher states that `model` answers to `name` at `origin`. `endpoint` is the hash of origin and
    /// name (see {hashEndpoint}), `statement` the statement's hash, and `revision` numbers what the publisher says about the
    /// endpoint, from 1.
    event ServingStated(
        address indexed publisher,
        ModelId indexed model,
        bytes32 indexed endpoint,
        bytes32 statement,
        string origin,
        string name,
        uint40 from,
        uint40 until,
        ServingGrade grade,
        bytes32 evidence,
        uint32 revision
    );

    /// @dev Emitted when `account` takes back what `publisher` stated about `endpoint`. From then on nothing is stated.
    event ServingRevoked(address indexed publisher, bytes32 indexed endpoint, address indexed account, uint32 revision);

    /// @dev Emitted once per checkpoint.
    event CheckpointAnchored(
        LogId indexed log,
        address indexed operator,
        CredentialId indexed credential,
        uint32 epoch,
        uint64 size,
        bytes32 root,
        uint64 calls,
        uint88 tokens
    );

    /// @dev Emitted when the controller of `operator` closes a log and opens `log`, that of the next `epoch`.
    event LogReopened(
        LogId indexed log,
        address indexed operator,
        CredentialId indexed credential,
        uint32 epoch,
        address account
    );

    /// @dev Anchors a checkpoint of the log of `operator` for a credential, and returns the log's id. `epoch` is that of the
    /// caller's log, so that a checkpoint of a closed log cannot enter the next one.
    ///
    /// Requirements: the caller may act for the operator in the scope `audit`; the credential exists, valid or not; `epoch` is
    /// the open one, else {UsageAuditUnexpectedEpoch}; `size` is larger than in the last checkpoint; `calls` and `tokens` are
    /// not lower; `calls` is at most `size`; the root is not zero. Not while writes are paused. Emits {CheckpointAnchored}.
    function anchor(
        address operator,
        CredentialId credential,
        uint32 epoch,
        uint64 size,
        bytes32 root,
        uint64 calls,
        uint88 tokens
    ) external returns (LogId log);

    /// @dev Closes the log of `operator` for a credential, and opens that of the next epoch, whose id it returns. What was
    /// anchored in the closed one stays readable and provable. A pause does not stop it.
    ///
    /// Requirements: the caller is the operator's controller, else {UsageAuditNotController}; the open log has a checkpoint,
    /// else {UsageAuditEmptyLog}. Emits {LogReopened}.
    function reopen(address operator, CredentialId credential) external returns (LogId log);

    /// @dev States which model answers at an endpoint, and returns the statement's hash. Only the number of the revision is
    /// stored.
    ///
    /// Requirements: the caller may act for the publisher in the scope `deploy`; origin and name have 1 to 2,048 bytes each;
    /// `until` is later than `from`; `evidence` is zero exactly when the grade is `Stated`, else
    /// {UsageAuditUnexpectedEvidence}. Not while writes are paused. Emits {ServingStated}.
    function stateServing(ServingStatement calldata statement) external returns (bytes32 hash);

    /// @dev Anchors a statement that `signer` signed (EIP-712, `StateServing`). Anybody may send it. `signer` is the
    /// publisher's controller, or an operator in the scope `deploy`: a key or an ERC-1271 contract.
    ///
    /// Requirements: `deadline` has not passed; `epoch` is the publisher's, else {UsageAuditOtherEpoch}; `revision` is the
    /// next one of publisher and endpoint, else {UsageAuditOtherRevision}, so that a signature is used once, and not after a
    /// later word; otherwise as {stateServing}.
    function stateServingBySignature(
        ServingStatement calldata statement,
        address signer,
        uint32 epoch,
        uint32 revision,
        uint48 deadline,
        bytes calldata signature
    ) external returns (bytes32 hash);

    /// @dev Takes back what a publisher stated about an endpoint, and voids what was signed about it and not anchored. There
    /// need not be a statement. A pause does not stop it.
    ///
    /// Requirements: the caller may act for the publisher in the scope `deploy`. Emits {ServingRevoked}.
    function revokeServing(address publisher, bytes32 endpoint) external;

    /// @dev The latest checkpoint; all zero when the log has none.
    function latestOf(LogId log) external view returns (Checkpoint memory);

    /// @dev The root anchored for the first `size` records. Reverts with {UsageAuditUnknownCheckpoint}.
    function rootOf(LogId log, uint64 size) external view returns (bytes32);

    /// @dev Whether the record with the leaf hash `leaf` (SHA-256 of a zero byte and the record) is at `index` among the
    /// first `size` records, by an inclusion proof (RFC 9162, section 2.1.3). Reverts with {UsageAuditUnknownCheckpoint}.
    function proveRecord(
        LogId log,
        uint64 size,
        uint64 index,
        bytes32 leaf,
        bytes32[] calldata proof
    ) external view returns (bool);

    /// @dev Whether the checkpoint of `second` records extends that of `first` records, by a consistency proof (RFC 9162,
    /// section 2.1.4). Reverts with {UsageAuditUnknownCheckpoint}.
    function proveConsistency(
        LogId log,
        uint64 first,
        uint64 second,
        bytes32[] calldata proof
    ) external view returns (bool);

    /// @dev The counts that `operator` anchored in its open log for the credential of `holder` for `tier` of `model`, with
    /// the tier's quotas and the log's epoch. Reverts with {ILicenseRegistry.LicenseRegistryUnknownTier}.
    function usageOf(address operator, ModelId model, TierId tier, address holder) external view returns (Usage memory);

    /// @dev The EIP-712 struct hash of a statement:
    /// `ServingStatement(address publisher,bytes32 model,string origin,string name,uint40 from,uint40 until,uint8 grade,bytes32 evidence)`.
    function hashServing(ServingStatement calldata statement) external pure returns (bytes32);

    /// @dev The topic of an endpoint: the hash of the hashes of its origin and name.
    function hashEndpoint(string calldata origin, string calldata name) external pure returns (bytes32);

    /// @dev How often `publisher` has stated or revoked what answers at `endpoint`.
    function servingRevisionOf(address publisher, bytes32 endpoint) external view returns (uint32);

    /// @dev The epoch of the open log of `operator` for a credential: how often it was reopened.
    function epochOf(address operator, CredentialId credential) external view returns (uint32);

    /// @dev The id of the log of `operator` for a credential in an epoch.
    function hashLog(address operator, CredentialId credential, uint32 epoch) external pure returns (LogId);
}
