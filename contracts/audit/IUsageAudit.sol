// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {CredentialId, LogId, ModelId, TierId} from "../types/Ids.sol";

/// @dev How far a usage log had come at `anchoredAt` (Unix seconds). All counts are totals since the log began.
struct Checkpoint {
    uint64 size; // records in the log
    uint64 calls; // calls that were served
    uint88 tokens;
    uint40 anchoredAt;
    bytes32 root; // RFC 9162 Merkle tree hash of the first `size` records
}

/// @dev The latest counts of a log beside the quotas of its tier. A quota of zero is no bound.
struct Usage {
    uint64 calls;
    uint64 callQuota;
    uint88 tokens;
    uint64 tokenQuota;
    bool exceeded; // a count is more than its quota
}

/**
 * @title Anchored logs of calls that were made under a credential
 * @dev An operator of a gateway keeps one append-only log per credential, a Merkle tree as in RFC 9162 (Certificate Transparency,
 * version 2) over SHA-256, and anchors how far it has come. A checkpoint is never changed, and the next one is larger; whether
 * it holds the same records, a consistency proof shows to whoever asks.
 *
 * Assumptions: an operator speaks for itself alone. That its records are true, or complete, is not proved here; that it said
 * them, and did not say others later, is.
 */
interface IUsageAudit {
    /// @dev `account` may not act for `operator`.
    error UsageAuditUnauthorized(address operator, address account);

    /// @dev There is no such credential.
    error UsageAuditUnknownCredential(CredentialId credential);

    /// @dev The log has `current` records anchored; a checkpoint of `size` is not larger.
    error UsageAuditNotLarger(LogId log, uint64 current, uint64 size);

    /// @dev `calls` or `tokens` are fewer than those of the last checkpoint, or there are more calls than records (`size`).
    error UsageAuditImplausibleCounts(LogId log, uint64 size, uint64 calls, uint88 tokens);

    /// @dev The root is zero.
    error UsageAuditMissingRoot(LogId log);

    /// @dev `log` has no checkpoint of `size` records.
    error UsageAuditUnknownCheckpoint(LogId log, uint64 size);

    /// @dev Emitted once a checkpoint.
    event CheckpointAnchored(
        LogId indexed log,
        address indexed operator,
        CredentialId indexed credential,
        uint64 size,
        bytes32 root,
        uint64 calls,
        uint88 tokens
    );

    /// @dev Anchors a checkpoint of the log of `operator` for a credential, and returns the log's id.
    ///
    /// Requirements: the caller may act for the operator; the credential exists; `size` is larger than the last; `calls` and
    /// `tokens` are not fewer than the last; `calls` are at most `size`; the root is not zero. Emits {CheckpointAnchored}.
    function anchor(
        address operator,
        CredentialId credential,
        uint64 size,
        bytes32 root,
        uint64 calls,
        uint88 tokens
    ) external returns (LogId log);

    /// @dev The latest checkpoint, all zero when there is none.
    function latestOf(LogId log) external view returns (Checkpoint memory);

    /// @dev The root that was anchored for the first `size` records. Reverts with {UsageAuditUnknownCheckpoint}.
    function rootOf(LogId log, uint64 size) external view returns (bytes32);

    /// @dev Whether the record with the leaf hash `leaf` (SHA-256 of a zero byte and the record) stands at `index` among the first
    /// `size` records, by an inclusion proof of RFC 9162, section 2.1.3. Reverts with {UsageAuditUnknownCheckpoint}.
    function proveRecord(
        LogId log,
        uint64 size,
        uint64 index,
        bytes32 leaf,
        bytes32[] calldata proof
    ) external view returns (bool);

    /// @dev Whether the checkpoint of `second` records continues that of `first` records, by a consistency proof of RFC 9162,
    /// section 2.1.4. Reverts with {UsageAuditUnknownCheckpoint}.
    function proveConsistency(
        LogId log,
        uint64 first,
        uint64 second,
        bytes32[] calldata proof
    ) external view returns (bool);

    /// @dev What `operator` has anchored for the credential of `holder` for `tier` of `model`, beside the tier's quotas. Reverts
    /// with {ILicenseRegistry.LicenseRegistryUnknownTier}.
    function usageOf(address operator, ModelId model, TierId tier, address holder) external view returns (Usage memory);

    /// @dev The id of the log of `operator` for a credential.
    function hashLog(address operator, CredentialId credential) external pure returns (LogId);
}
