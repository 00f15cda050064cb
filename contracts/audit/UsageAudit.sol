// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {WritePause} from "../governance/WritePause.sol";
import {ILicenseCredential} from "../licensing/ILicenseCredential.sol";
import {ILicenseRegistry} from "../licensing/ILicenseRegistry.sol";
import {IPublisherRegistry} from "../registry/IPublisherRegistry.sol";
import {AccountSignature} from "../types/AccountSignature.sol";
import {CredentialId, LogId, ModelId, TierId} from "../types/Ids.sol";
import {MerkleLog} from "../types/MerkleLog.sol";
import {Scopes} from "../types/Scopes.sol";
import {Checkpoint, IUsageAudit, ServingGrade, ServingStatement, Usage} from "./IUsageAudit.sol";

/// @dev Implements {IUsageAudit}. A checkpoint costs one new word, its root. The counts overwrite those of the last
/// checkpoint.
contract UsageAudit is IUsageAudit, WritePause, EIP712 {
    struct Head {
        uint64 size; // bytes 0-7
        uint64 calls; // bytes 8-15
        uint88 tokens; // bytes 16-26
        uint40 anchoredAt; // bytes 27-31: Unix seconds
    }

    bytes32 private constant SERVING_TYPEHASH = keccak256(
        "ServingStatement(address publisher,bytes32 model,string origin,string name,uint40 from,uint40 until,uint8 grade,bytes32 evidence)"
    );
    bytes32 private constant STATE_SERVING_TYPEHASH = keccak256(
        "StateServing(ServingStatement statement,uint32 epoch,uint32 revision,uint48 deadline)ServingStatement(address publisher,bytes32 model,string origin,string name,uint40 from,uint40 until,uint8 grade,bytes32 evidence)"
    );
    uint256 private constant MAX_TEXT_BYTES = 2048;

    IPublisherRegistry private immutable _PUBLISHERS;
    ILicenseRegistry private immutable _LICENSES;
    ILicenseCredential private immutable _CREDENTIALS;

    mapping(address operator => mapping(CredentialId credential => uint32 epoch)) private _epochs;
    mapping(LogId log => Head) private _heads;
    mapping(LogId log => mapping(uint64 size => bytes32 root)) private _roots;
    mapping(address publisher => mapping(bytes32 endpoint => uint32 revision)) private _servingRevisions;

    /// @dev `manager` is the AccessManager that holds the roles; `publishers` and `licenses` are the registries, usually
    /// one {Ledger}; `credentials` is the {LicenseCredential} of that ledger.
    constructor(
        address manager,
        IPublisherRegistry publishers,
        ILicenseRegistry licenses,
        ILicenseCredential credentials
    ) AccessManaged(manager) EIP712("Stemma Usage Audit", "1") {
        _PUBLISHERS = publishers;
        _LICENSES = licenses;
        _CREDENTIALS = credentials;
    }

    /// @inheritdoc IUsageAudit
    function anchor(
        address operator,
        CredentialId credential,
        uint32 epoch,
        uint64 size,
        bytes32 root,
        uint64 calls,
        uint88 tokens
    ) external whenNotPaused returns (LogId log) {
        _requireAuthorized(operator, msg.sender, Scopes.AUDIT);
        // A canceled offer is a revoked credential without an end: it was never issued.
        if (_CREDENTIALS.credentialOf(credential).validUntil == 0) revert UsageAuditUnknownCredential(credential);
        uint32 current = _epochs[operator][credential];
        if (epoch != current) revert UsageAuditUnexpectedEpoch(operator, credential, current, epoch);
        log = hashLog(operator, credential, epoch);
        Head memory head = _heads[log];
        if (size <= head.size) revert UsageAuditNotLarger(log, head.size, size);
        if (calls < head.calls || tokens < head.tokens || calls > size) {
            revert UsageAuditImplausibleCounts(log, size, calls, tokens);
        }
        if (root == 0) revert UsageAuditMissingRoot(log);

        _heads[log] = Head({size: size, calls: calls, tokens: tokens, anchoredAt: uint40(block.timestamp)});
        _roots[log][size] = root;
        emit CheckpointAnchored(log, operator, credential, epoch, size, root, calls, tokens);
    }

    /// @inheritdoc IUsageAudit
    function reopen(address operator, CredentialId credential) external returns (LogId log) {
        if (msg.sender != _PUBLISHERS.publisherOf(operator).controller) {
            revert UsageAuditNotController(operator, msg.sender);
        }
        uint32 epoch = _epochs[operator][credential];
        LogId closed = hashLog(operator, credential, epoch);
        if (_heads[closed].size == 0) revert UsageAuditEmptyLog(closed);
        _epochs[operator][credential] = ++epoch;
        log = hashLog(operator, credential, epoch);
        emit LogReopened(log, operator, credential, epoch, msg.sender);
    }

    /// @inheritdoc IUsageAudit
    function stateServing(ServingStatement calldata statement) external whenNotPaused returns (bytes32 hash) {
        _requireAuthorized(statement.publisher, msg.sender, Scopes.DEPLOY);
        hash = hashServing(statement);
        _state(statement, hash);
    }

    /// @inheritdoc IUsageAudit
    function stateServingBySignature(
        ServingStatement calldata statement,
        address signer,
        uint32 epoch,
        uint32 revision,
        uint48 deadline,
        bytes calldata signature
    ) external whenNotPaused returns (bytes32 hash) {
        if (block.timestamp > deadline) revert UsageAuditSignatureExpired(deadline);
        _requireAuthorized(statement.publisher, signer, Scopes.DEPLOY);
        _requireNext(statement, epoch, revision);
        hash = hashServing(statement);
        bytes32 digest = _hashTypedDataV4(
            keccak256(abi.encode(STATE_SERVING_TYPEHASH, hash, epoch, revision, deadline))
        );
        if (!AccountSignature.isValid(signer, digest, signature)) revert UsageAuditInvalidSignature(signer);
        _state(statement, hash);
    }

    /// @inheritdoc IUsageAudit
    function revokeServing(address publisher, bytes32 endpoint) external {
        _requireAuthorized(publisher, msg.sender, Scopes.DEPLOY);
        emit ServingRevoked(publisher, endpoint, msg.sender, ++_servingRevisions[publisher][endpoint]);
    }

    /// @inheritdoc IUsageAudit
    function latestOf(LogId log) external view returns (Checkpoint memory) {
        Head memory head = _heads[log];
        return
            Checkpoint({
                size: head.size,
                calls: head.calls,
                tokens: head.tokens,
                anchoredAt: head.anchoredAt,
                root: _roots[log][head.size]
            });
    }

    /// @inheritdoc IUsageAudit
    function proveRecord(
        LogId log,
        uint64 size,
        uint64 index,
        bytes32 leaf,
        bytes32[] calldata proof
    ) external view returns (bool) {
        return MerkleLog.isIncluded(rootOf(log, size), size, index, leaf, proof);
    }

    /// @inheritdoc IUsageAudit
    function proveConsistency(
        LogId log,
        uint64 first,
        uint64 second,
        bytes32[] calldata proof
    ) external view returns (bool) {
        return MerkleLog.isConsistent(rootOf(log, first), first, rootOf(log, second), second, proof);
    }

    /// @inheritdoc IUsageAudit
    function usageOf(
        address operator,
        ModelId model,
        TierId tier,
        address holder
    ) external view returns (Usage memory usage) {
        ILicenseRegistry.TierRecord memory record = _LICENSES.tierOf(model, tier);
        CredentialId credential = _CREDENTIALS.hashCredential(model, tier, holder);
        usage.epoch = _epochs[operator][credential];
        Head memory head = _heads[hashLog(operator, credential, usage.epoch)];
        usage.calls = head.calls;
        usage.callQuota = record.callQuota;
        usage.tokens = head.tokens;
        usage.tokenQuota = record.tokenQuota;
        usage.exceeded =
            (record.callQuota != 0 && head.calls > record.callQuota) ||
            (record.tokenQuota != 0 && head.tokens > record.tokenQuota);
    }

    /// @inheritdoc IUsageAudit
    function servingRevisionOf(address publisher, bytes32 endpoint) external view returns (uint32) {
        return _servingRevisions[publisher][endpoint];
    }

    /// @inheritdoc IUsageAudit
    function epochOf(address operator, CredentialId credential) external view returns (uint32) {
        return _epochs[operator][credential];
    }

    /// @inheritdoc IUsageAudit
    function rootOf(LogId log, uint64 size) public view returns (bytes32 root) {
        root = _roots[log][size];
        if (root == 0) revert UsageAuditUnknownCheckpoint(log, size);
    }

    /// @inheritdoc IUsageAudit
    function hashServing(ServingStatement calldata statement) public pure returns (bytes32) {
        return
            keccak256(
                abi.encode(
                    SERVING_TYPEHASH,
                    statement.publisher,
                    statement.model,
                    keccak256(bytes(statement.origin)),
                    keccak256(bytes(statement.name)),
                    statement.from,
                    statement.until,
                    statement.grade,
                    statement.evidence
                )
            );
    }

    /// @inheritdoc IUsageAudit
    function hashEndpoint(string calldata origin, string calldata name) public pure returns (bytes32) {
        return keccak256(abi.encode(keccak256(bytes(origin)), keccak256(bytes(name))));
    }

    /// @inheritdoc IUsageAudit
    function hashLog(address operator, CredentialId credential, uint32 epoch) public pure returns (LogId) {
        return LogId.wrap(keccak256(abi.encode(operator, credential, epoch)));
    }

    function _state(ServingStatement calldata statement, bytes32 hash) private {
        _requireText(statement.origin);
        _requireText(statement.name);
        if (statement.until <= statement.from) revert UsageAuditEmptyStatement(statement.from, statement.until);
        if ((statement.grade == ServingGrade.Stated) != (statement.evidence == 0)) {
            revert UsageAuditUnexpectedEvidence(statement.grade, statement.evidence);
        }
        bytes32 endpoint = hashEndpoint(statement.origin, statement.name);
        uint32 revision = ++_servingRevisions[statement.publisher][endpoint];
        emit ServingStated(
            statement.publisher,
            statement.model,
            endpoint,
            hash,
            statement.origin,
            statement.name,
            statement.from,
            statement.until,
            statement.grade,
            statement.evidence,
            revision
        );
    }

    function _requireAuthorized(address publisher, address account, uint16 scope) private view {
        if (!_PUBLISHERS.hasScope(publisher, account, scope)) revert UsageAuditUnauthorized(publisher, account);
    }

    /// @dev Reverts unless a statement was signed under the publisher's present control, and nothing was said about the
    /// endpoint since.
    function _requireNext(ServingStatement calldata statement, uint32 epoch, uint32 revision) private view {
        address publisher = statement.publisher;
        uint32 current = _PUBLISHERS.epochOf(publisher);
        if (epoch != current) revert UsageAuditOtherEpoch(publisher, epoch, current);
        bytes32 endpoint = hashEndpoint(statement.origin, statement.name);
        uint32 next = _servingRevisions[publisher][endpoint] + 1;
        if (revision != next) revert UsageAuditOtherRevision(publisher, endpoint, revision, next);
    }

    function _requireText(string calldata text) private pure {
        uint256 length = bytes(text).length;
        if (length == 0 || length > MAX_TEXT_BYTES) revert UsageAuditTextLength(length);
    }
}
