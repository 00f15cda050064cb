// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";

import {Checkpoint, IUsageAudit, ServingGrade, ServingStatement, Usage} from "../../../contracts/audit/IUsageAudit.sol";
import {UsageAudit} from "../../../contracts/audit/UsageAudit.sol";
import {IWritePause} from "../../../contracts/governance/IWritePause.sol";
import {Grant} from "../../../contracts/licensing/ILicenseCredential.sol";
import {CredentialId, LogId, ModelId, TierId} from "../../../contracts/types/Ids.sol";
import {Scopes} from "../../../contracts/types/Scopes.sol";
import {Tier} from "../../../contracts/types/Terms.sol";
import {Deploy} from "../base/Deploy.sol";
import {LedgerTest} from "../base/LedgerTest.sol";
import {Test} from "../base/Test.sol";
import {DefinedLog} from "../types/MerkleLog.t.sol";

/// @dev A ledger with one model and two holders, each with a credential of a tier with quotas.
abstract contract UsageAuditTest is LedgerTest {
    uint64 internal constant CALL_QUOTA = 50;
    uint64 internal constant TOKEN_QUOTA = 5000;
    address internal constant GUARDIAN = address(0x9a2d);

    UsageAudit internal audit;
    ModelId internal model;
    TierId internal tier;
    address[2] internal holders = [address(0x1001), address(0x1002)];
    CredentialId[2] internal ids;

    /// @dev The audit's access manager: one account has every role.
    function canCall(address caller, address, bytes4) external pure returns (bool, uint32) {
        return (caller == GUARDIAN, 0);
    }

    function setUp() public virtual override {
        super.setUp();
        audit = UsageAudit(Deploy.deploy("UsageAudit", abi.encode(address(this), ledger, ledger, credentials)));
        model = _registerRoot(bytes32(uint256(1)));
        Tier memory metered;
        metered.model = model;
        metered.terms = ledger.publishTerms(_terms("terms", 1));
        metered.callQuota = CALL_QUOTA;
        metered.tokenQuota = TOKEN_QUOTA;
        metered.name = "metered";
        tier = ledger.offerTier(metered);
        for (uint256 i = 0; i < 2; ++i) {
            ids[i] = credentials.grant(Grant(model, tier, holders[i], 0, type(uint40).max, 0, 0, 0));
        }
    }
}

contract UsageAuditFuzzTest is UsageAuditTest {
    function testFuzz_anchor_keepsExactlyWhatFollows(
        uint64[2] calldata sizes,
        uint64[2] calldata calls,
        uint88[2] calldata tokens,
        bytes32[2] calldata roots
    ) public {
        VM.assume(roots[0] != 0 && roots[1] != 0 && sizes[0] != 0);
        LogId log = audit.hashLog(address(this), ids[0], 0);
        uint64 firstCalls = calls[0] % sizes[0];
        audit.anchor(address(this), ids[0], 0, sizes[0], roots[0], firstCalls, tokens[0]);
        if (sizes[1] <= sizes[0]) {
            VM.expectRevert(abi.encodeWithSelector(IUsageAudit.UsageAuditNotLarger.selector, log, sizes[0], sizes[1]));
        } else if (calls[1] < firstCalls || calls[1] > sizes[1] || tokens[1] < tokens[0]) {
            VM.expectRevert(
                abi.encodeWithSelector(
                    IUsageAudit.UsageAuditImplausibleCounts.selector,
                    log,
                    sizes[1],
                    calls[1],
                    tokens[1]
                )
            );
        } else {
            audit.anchor(address(this), ids[0], 0, sizes[1], roots[1], calls[1], tokens[1]);
            Checkpoint memory latest = audit.latestOf(log);
            assertEq(latest.size, sizes[1], "size");
            assertEq(latest.calls, calls[1], "calls");
            assertEq(latest.tokens, tokens[1], "tokens");
            assertEq(latest.root, roots[1], "root");
            assertEq(latest.anchoredAt, block.timestamp, "time");
            assertEq(audit.rootOf(log, sizes[0]), roots[0], "the root before");
            return;
        }
        audit.anchor(address(this), ids[0], 0, sizes[1], roots[1], calls[1], tokens[1]);
    }

    function testFuzz_anchor_isForThoseWhoMayActForTheOperator(address operator, address account) public {
        VM.assume(operator != account);
        VM.expectRevert(abi.encodeWithSelector(IUsageAudit.UsageAuditUnauthorized.selector, operator, account));
        VM.prank(account);
        audit.anchor(operator, ids[0], 0, 1, bytes32(uint256(1)), 0, 0);
    }

    function testFuzz_usageOf_comparesWithTheQuotas(uint64 calls, uint88 tokens) public {
        audit.anchor(address(this), ids[0], 0, type(uint64).max, bytes32(uint256(1)), calls, tokens);
        Usage memory usage = audit.usageOf(address(this), model, tier, holders[0]);
        assertEq(usage.calls, calls, "calls");
        assertEq(usage.tokens, tokens, "tokens");
        assertEq(usage.exceeded, calls > CALL_QUOTA || tokens > TOKEN_QUOTA, "exceeded");
        assertEq(audit.usageOf(address(this), model, tier, holders[1]).exceeded, false, "another holder");
    }

    function testFuzz_hashLog_isOneForEachOperatorCredentialAndEpoch(
        address operator,
        CredentialId credential,
        uint32 epoch,
        address other,
        CredentialId another,
        uint32 later
    ) public view {
        bool same =
            operator == other && CredentialId.unwrap(credential) == CredentialId.unwrap(another) && epoch == later;
        LogId log = audit.hashLog(operator, credential, epoch);
        assertEq(LogId.unwrap(log) == LogId.unwrap(audit.hashLog(other, another, later)), same, "log");
    }

    function testFuzz_reopen_isForTheController(address operator, address account) public {
        VM.assume(operator != account);
        VM.expectRevert(abi.encodeWithSelector(IUsageAudit.UsageAuditNotController.selector, operator, account));
        VM.prank(account);
        audit.reopen(operator, ids[0]);
    }

    function testFuzz_anchor_isOfTheOpenEpoch(uint32 epoch, uint8 reopened) public {
        uint32 current = uint32(bound(reopened, 0, 5));
        for (uint32 i = 0; i < current; ++i) {
            audit.anchor(address(this), ids[0], i, 1, bytes32(uint256(1)), 0, 0);
            audit.reopen(address(this), ids[0]);
        }
        if (epoch != current) {
            VM.expectRevert(
                abi.encodeWithSelector(
                    IUsageAudit.UsageAuditUnexpectedEpoch.selector,
                    address(this),
                    ids[0],
                    current,
                    epoch
                )
            );
        }
        audit.anchor(address(this), ids[0], epoch, 1, bytes32(uint256(1)), 0, 0);
    }
}

/// @dev Operators keep logs, anchor them, and try what they may not, in any order. The guardian pauses. Never
/// reverts.
contract UsageAuditHandler is UsageAuditTest, DefinedLog {
    struct Anchored {
        uint64 size;
        uint64 calls;
        uint88 tokens;
        uint40 time;
        bytes32 root;
    }

    uint256 private constant DEPUTY_KEY = 0xde9;
    uint256 public constant PAIRS = 4; // two operators, two credentials
    uint256 public constant LOGS = 12; // the log of a pair in an epoch, of three: pair + PAIRS * epoch

    uint256 public trespasses;
    /// @dev Trespasses that were not refused with the error that says why.
    uint256 public wrongRefusals;
    uint256 public proofs;
    uint256 public wrongAnswers;
    /// @dev Statements that were taken or refused against the rules, or whose hash is not the statement's.
    uint256 public wrongStatements;
    uint40 public pausedUntil;
    uint256 public signedStatements;

    mapping(address publisher => mapping(bytes32 endpoint => uint32)) private _revisions;
    uint32[4] private _epochs;
    mapping(uint256 log => bytes32[]) private _leaves;
    mapping(uint256 log => Anchored[]) private _anchored;

    function setUp() public override {
        super.setUp();
        for (uint256 pair = 0; pair < PAIRS; pair += 2) {
            VM.prank(_operator(pair));
            ledger.setOperator(_operator(pair), VM.addr(DEPUTY_KEY), Scopes.DEPLOY, type(uint40).max);
        }
    }

    function countAnchored(uint256 log) external view returns (uint256) {
        return _anchored[log].length;
    }

    function anchoredAt(uint256 log, uint256 index) external view returns (Anchored memory) {
        return _anchored[log][index];
    }

    function auditOf() external view returns (UsageAudit) {
        return audit;
    }

    function idOf(uint256 log) external view returns (LogId) {
        return _idOf(log);
    }

    /// @dev The open log of a pair.
    function openOf(uint256 pair) external view returns (uint256) {
        return _open(pair);
    }

    function usageOf(uint256 pair) external view returns (Usage memory) {
        return audit.usageOf(_operator(pair), model, tier, holders[pair % 2]);
    }

    function pass(uint32 time) external {
        VM.warp(block.timestamp + bound(time, 0, 3 days));
    }

    /// @dev Records and anchors some calls, unless writes are paused.
    function anchor(uint256 log, uint8 records, uint8 calls, uint16 tokens) external {
        log = _open(log);
        Anchored memory next;
        if (_anchored[log].length != 0) next = _anchored[log][_anchored[log].length - 1];
        uint64 added = uint64(bound(records, 1, 3));
        if (next.size + added > 64) return;
        if (block.timestamp < pausedUntil) {
            bytes4 refusal = IWritePause.WritePausePaused.selector;
            _tryAnchor(_operator(log), log, next.size + added, next.calls, next.tokens, refusal);
            return;
        }
        for (uint256 i = 0; i < added; ++i) {
            _leaves[log].push(sha256(abi.encode(log, _leaves[log].length, records)));
        }
        next.size += added;
        next.calls += uint64(bound(calls, 0, added));
        next.tokens += tokens;
        next.time = uint40(block.timestamp);
        next.root = _root(_leaves[log], 0, next.size);
        VM.prank(_operator(log));
        audit.anchor(_operator(log), ids[log % 2], _epoch(log), next.size, next.root, next.calls, next.tokens);
        _anchored[log].push(next);
    }

    /// @dev An operator anchors lower counts, or an account anchors in another's name.
    function trespass(uint256 log, uint8 what, uint8 less) external {
        log = _open(log);
        if (_anchored[log].length == 0) return;
        Anchored memory last = _anchored[log][_anchored[log].length - 1];
        bool isPaused = block.timestamp < pausedUntil;
        address caller = what % 4 == 0 ? holders[0] : _operator(log);
        bytes4 refusal =
            what % 4 == 0
                ? IUsageAudit.UsageAuditUnauthorized.selector
                : what % 4 == 1
                    ? IUsageAudit.UsageAuditNotLarger.selector
                    : IUsageAudit.UsageAuditImplausibleCounts.selector;
        if (isPaused) refusal = IWritePause.WritePausePaused.selector;
        if (what % 4 == 1) last.size -= uint64(less % (last.size + 1));
        else last.size += 1;
        if (what % 4 == 2) {
            if (last.calls == 0) return;
            last.calls -= 1;
        }
        if (what % 4 == 3) {
            if (last.tokens == 0) return;
            last.tokens -= 1;
        }
        _tryAnchor(caller, log, last.size, last.calls, last.tokens, refusal);
    }

    /// @dev The controller closes the open log of a pair, while there are epochs left.
    function reopen(uint256 pair) external {
        uint256 log = _open(pair);
        if (_anchored[log].length == 0 || log + PAIRS >= LOGS) return;
        VM.prank(_operator(log));
        audit.reopen(_operator(log), ids[log % 2]);
        ++_epochs[pair % PAIRS];
    }

    /// @dev Somebody else reopens a log, or its controller anchors in one that is closed or not open yet.
    function trespassEpochs(uint256 log, bool opens) external {
        log = log % LOGS;
        if (opens) {
            VM.prank(holders[0]);
            bytes memory data = abi.encodeCall(IUsageAudit.reopen, (_operator(log), ids[log % 2]));
            (bool success, bytes memory answer) = address(audit).call(data);
            _refused(success, answer, IUsageAudit.UsageAuditNotController.selector);
        } else if (log != _open(log)) {
            bytes4 refusal =
                block.timestamp < pausedUntil
                    ? IWritePause.WritePausePaused.selector
                    : IUsageAudit.UsageAuditUnexpectedEpoch.selector;
            _tryAnchor(_operator(log), log, type(uint64).max, type(uint64).max, type(uint88).max, refusal);
        }
    }

    /// @dev An operator, its deputy or somebody else states what an endpoint serves.
    function stateServing(uint256 pair, uint8 who, uint16 length, uint40 from, uint40 until, uint8 evidence) external {
        (ServingStatement memory statement, bool allowed) = _statement(pair, length, from, until, evidence);
        address caller = _caller(pair, who);
        VM.prank(caller);
        (bool success, bytes memory answer) = address(audit).call(
            abi.encodeCall(IUsageAudit.stateServing, (statement))
        );
        _judge(statement, allowed && caller != holders[0], success, answer);
    }

    /// @dev Anybody anchors what the deputy signed, or something near it: `change` says what is not as it was signed.
    function anchorServing(uint256 pair, uint8 change, uint40 until, uint8 evidence) external {
        (ServingStatement memory statement, bool allowed) = _statement(pair, 1, 1, until, evidence);
        uint32 revision = _revisions[statement.publisher][_endpoint(statement)] + 1;
        uint48 deadline = uint48(block.timestamp);
        change = change % 8;
        if (change == 1) --deadline;
        if (change == 2) revision += 1;
        if (change == 3) revision -= 1;
        uint32 epoch = change == 4 ? 1 : 0;
        bytes memory signature = _sign(change == 5 ? 0xbad : DEPUTY_KEY, statement, epoch, revision, deadline);
        if (change == 6) ++statement.until;
        address signer = change == 7 ? holders[0] : VM.addr(DEPUTY_KEY);
        (bool success, bytes memory answer) = address(audit).call(
            abi.encodeCall(
                IUsageAudit.stateServingBySignature,
                (statement, signer, epoch, revision, deadline, signature)
            )
        );
        if (success) ++signedStatements;
        _judge(statement, allowed && change == 0, success, answer);
    }

    /// @dev An operator, its deputy or somebody else takes back what is stated, also while writes are paused.
    function revokeServing(uint256 pair, uint8 who) external {
        (ServingStatement memory statement, ) = _statement(pair, 1, 1, 2, 0);
        address caller = _caller(pair, who);
        VM.prank(caller);
        bytes memory data = abi.encodeCall(IUsageAudit.revokeServing, (statement.publisher, _endpoint(statement)));
        (bool success, ) = address(audit).call(data);
        if (success != (caller != holders[0])) ++wrongStatements;
        if (success) ++_revisions[statement.publisher][_endpoint(statement)];
    }

    /// @dev How often the operator of a pair has spoken of the endpoint of {revokeServing}, by the calls and by the contract.
    function revisionsOf(uint256 pair) external view returns (uint32, uint32) {
        (ServingStatement memory statement, ) = _statement(pair, 1, 1, 2, 0);
        bytes32 endpoint = _endpoint(statement);
        address publisher = statement.publisher;
        return (_revisions[publisher][endpoint], audit.servingRevisionOf(publisher, endpoint));
    }

    function pauseWrites() external {
        if (pausedUntil != 0 && block.timestamp < pausedUntil + 7 days) return;
        VM.prank(GUARDIAN);
        audit.pauseWrites();
        pausedUntil = audit.pausedUntil();
    }

    function resumeWrites() external {
        if (block.timestamp >= pausedUntil) return;
        VM.prank(GUARDIAN);
        audit.resumeWrites();
        pausedUntil = uint40(block.timestamp);
    }

    /// @dev An account other than the guardian pauses or resumes.
    function meddle(uint256 log, bool resume) external {
        VM.prank(_operator(log));
        (bool success, bytes memory answer) = address(audit).call(
            resume ? abi.encodeCall(IWritePause.resumeWrites, ()) : abi.encodeCall(IWritePause.pauseWrites, ())
        );
        _refused(success, answer, IAccessManaged.AccessManagedUnauthorized.selector);
    }

    /// @dev Proves a record of an anchored log, and then tries one that is not in it.
    function proveRecord(uint256 log, uint256 checkpoint, uint64 index) external {
        log = log % LOGS;
        if (_anchored[log].length == 0) return;
        uint64 size = _anchored[log][checkpoint % _anchored[log].length].size;
        index = index % size;
        LogId id = _idOf(log);
        bytes32 leaf = _leaves[log][index];
        bytes32[] memory proof = _inclusion(_leaves[log], index, 0, size);
        _answered(audit.proveRecord(id, size, index, leaf, proof));
        _answered(!audit.proveRecord(id, size, index, ~leaf, proof));
    }

    /// @dev Proves that a checkpoint continues another, and that it does not continue one of another log.
    function proveConsistency(uint256 log, uint256 older, uint256 newer) external {
        log = log % LOGS;
        if (_anchored[log].length == 0) return;
        newer = newer % _anchored[log].length;
        uint64 first = _anchored[log][older % (newer + 1)].size;
        uint64 second = _anchored[log][newer].size;
        LogId id = _idOf(log);
        bytes32[] memory proof = _consistency(_leaves[log], first, 0, second);
        _answered(audit.proveConsistency(id, first, second, proof));
        _answered(!audit.proveConsistency(id, first, second, _append(proof, bytes32(0))));
    }

    function _tryAnchor(address caller, uint256 log, uint64 size, uint64 calls, uint88 tokens, bytes4 refusal) private {
        VM.prank(caller);
        (bool success, bytes memory answer) = address(audit).call(
            abi.encodeCall(
                IUsageAudit.anchor,
                (_operator(log), ids[log % 2], _epoch(log), size, bytes32(uint256(1)), calls, tokens)
            )
        );
        _refused(success, answer, refusal);
    }

    /// @dev Counts a call that must be refused with an error.
    function _refused(bool success, bytes memory answer, bytes4 refusal) private {
        ++trespasses;
        if (success || bytes4(answer) != refusal) ++wrongRefusals;
    }

    /// @dev Counts a statement that was taken or refused against the rules, and remembers one that was taken.
    function _judge(ServingStatement memory statement, bool allowed, bool success, bytes memory answer) private {
        if (success) ++_revisions[statement.publisher][_endpoint(statement)];
        if (success != allowed) ++wrongStatements;
        else if (success && abi.decode(answer, (bytes32)) != _hashOf(statement)) ++wrongStatements;
    }

    /// @dev A statement, and whether one of those who may could make it now.
    function _statement(
        uint256 pair,
        uint16 length,
        uint40 from,
        uint40 until,
        uint8 evidence
    ) private view returns (ServingStatement memory statement, bool allowed) {
        uint256 size = length % 4 == 0 ? length % 4000 : 5;
        statement.publisher = _operator(pair);
        statement.model = model;
        statement.origin = "https://api.example.com";
        statement.name = string(new bytes(size));
        (statement.from, statement.until) = (from % 1000, until % 1000);
        statement.grade = ServingGrade(evidence % 3);
        statement.evidence = bytes32(uint256(evidence / 3) % 2);
        bool isFitting = (statement.grade == ServingGrade.Stated) == (statement.evidence == 0);
        allowed = block.timestamp >= pausedUntil && statement.from < statement.until && isFitting;
        allowed = allowed && size != 0 && size <= 2048;
    }

    function _caller(uint256 pair, uint8 who) private view returns (address) {
        if (who % 3 == 0) return _operator(pair);
        return who % 3 == 1 ? VM.addr(DEPUTY_KEY) : holders[0];
    }

    function _sign(
        uint256 key,
        ServingStatement memory statement,
        uint32 epoch,
        uint32 revision,
        uint48 deadline
    ) private view returns (bytes memory) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Stemma Usage Audit"),
                keccak256("1"),
                block.chainid,
                address(audit)
            )
        );
        bytes32 type_ = keccak256(
            "StateServing(ServingStatement statement,uint32 epoch,uint32 revision,uint48 deadline)ServingStatement(address publisher,bytes32 model,string origin,string name,uint40 from,uint40 until,uint8 grade,bytes32 evidence)"
        );
        bytes32 signed = keccak256(abi.encode(type_, _hashOf(statement), epoch, revision, deadline));
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(key, keccak256(abi.encodePacked("\x19\x01", domain, signed)));
        return abi.encodePacked(r, s, v);
    }

    function _endpoint(ServingStatement memory statement) private pure returns (bytes32) {
        return keccak256(abi.encode(keccak256(bytes(statement.origin)), keccak256(bytes(statement.name))));
    }

    /// @dev EIP-712, as a wallet computes it from the type.
    function _hashOf(ServingStatement memory statement) private pure returns (bytes32) {
        return
            keccak256(
                abi.encode(
                    keccak256(
                        "ServingStatement(address publisher,bytes32 model,string origin,string name,uint40 from,uint40 until,uint8 grade,bytes32 evidence)"
                    ),
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

    function _answered(bool right) private {
        ++proofs;
        if (!right) ++wrongAnswers;
    }

    function _open(uint256 pair) private view returns (uint256) {
        return (pair % PAIRS) + PAIRS * _epochs[pair % PAIRS];
    }

    function _idOf(uint256 log) private view returns (LogId) {
        return audit.hashLog(_operator(log), ids[log % 2], _epoch(log));
    }

    function _epoch(uint256 log) private pure returns (uint32) {
        return uint32(log / PAIRS);
    }

    function _operator(uint256 log) private pure returns (address) {
        return address(uint160(0x2000 + ((log / 2) % 2)));
    }
}

contract UsageAuditInvariantTest is Test {
    UsageAuditHandler private _handler;

    function setUp() public {
        _handler = new UsageAuditHandler();
        _handler.setUp();
    }

    /// @dev The actions of the handler, without its views.
    function targetSelectors() public view returns (FuzzSelector[] memory targets) {
        bytes4[] memory selectors = new bytes4[](13);
        selectors[0] = UsageAuditHandler.pass.selector;
        selectors[1] = UsageAuditHandler.anchor.selector;
        selectors[2] = UsageAuditHandler.trespass.selector;
        selectors[3] = UsageAuditHandler.pauseWrites.selector;
        selectors[4] = UsageAuditHandler.resumeWrites.selector;
        selectors[5] = UsageAuditHandler.meddle.selector;
        selectors[6] = UsageAuditHandler.proveRecord.selector;
        selectors[7] = UsageAuditHandler.proveConsistency.selector;
        selectors[8] = UsageAuditHandler.reopen.selector;
        selectors[9] = UsageAuditHandler.trespassEpochs.selector;
        selectors[10] = UsageAuditHandler.stateServing.selector;
        selectors[11] = UsageAuditHandler.anchorServing.selector;
        selectors[12] = UsageAuditHandler.revokeServing.selector;
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(_handler), selectors);
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function invariant_checkpointsNeverShrink() public view {
        for (uint256 log = 0; log < _handler.LOGS(); ++log) {
            uint256 count = _handler.countAnchored(log);
            Checkpoint memory latest = _handler.auditOf().latestOf(_handler.idOf(log));
            if (count == 0) {
                assertEq(latest.size, 0, "a log that nobody anchored");
                continue;
            }
            UsageAuditHandler.Anchored memory last = _handler.anchoredAt(log, count - 1);
            assertEq(latest.size, last.size, "size");
            assertEq(latest.calls, last.calls, "calls");
            assertEq(latest.tokens, last.tokens, "tokens");
            assertEq(latest.anchoredAt, last.time, "time");
            assertEq(latest.root, last.root, "root");
        }
    }

    function invariant_anAnchoredRootNeverChanges() public view {
        uint256 log = uint256(keccak256(abi.encode(block.timestamp))) % _handler.LOGS();
        uint256 count = _handler.countAnchored(log);
        if (count != 0) _checkRoot(log, uint256(keccak256(abi.encode(block.timestamp, count))) % count);
    }

    function invariant_usageIsWhatTheLastCheckpointSays() public view {
        for (uint256 pair = 0; pair < _handler.PAIRS(); ++pair) {
            uint256 log = _handler.openOf(pair);
            Checkpoint memory latest = _handler.auditOf().latestOf(_handler.idOf(log));
            Usage memory usage = _handler.usageOf(pair);
            assertEq(usage.epoch, log / _handler.PAIRS(), "epoch");
            assertEq(usage.calls, latest.calls, "calls");
            assertEq(usage.tokens, latest.tokens, "tokens");
            bool exceeded = usage.calls > usage.callQuota || usage.tokens > usage.tokenQuota;
            assertEq(usage.exceeded, exceeded, "exceeded");
        }
    }

    function invariant_nobodyAnchorsLessOrForAnotherOrWhilePaused() public view {
        assertEq(_handler.wrongRefusals(), 0, "trespasses that were not refused by name");
    }

    function invariant_statementsAreTakenByTheRules() public view {
        assertEq(_handler.wrongStatements(), 0, "statements");
        for (uint256 pair = 0; pair < _handler.PAIRS(); ++pair) {
            (uint32 spoken, uint32 counted) = _handler.revisionsOf(pair);
            assertEq(counted, spoken, "revision");
        }
    }

    function invariant_proofsAreRight() public view {
        assertEq(_handler.wrongAnswers(), 0, "proofs");
    }

    function afterInvariant() public view {
        for (uint256 log = 0; log < _handler.LOGS(); ++log) {
            for (uint256 i = 0; i < _handler.countAnchored(log); ++i) _checkRoot(log, i);
        }
    }

    function _checkRoot(uint256 log, uint256 index) private view {
        UsageAuditHandler.Anchored memory anchored = _handler.anchoredAt(log, index);
        assertEq(_handler.auditOf().rootOf(_handler.idOf(log), anchored.size), anchored.root, "root");
    }
}
