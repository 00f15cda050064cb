// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {ILineageClaims} from "../claims/ILineageClaims.sol";
import {WritePause} from "../governance/WritePause.sol";
import {IModelRegistry} from "../registry/IModelRegistry.sol";
import {IPublisherRegistry} from "../registry/IPublisherRegistry.sol";
import {AccountSignature} from "../types/AccountSignature.sol";
import {ModelId} from "../types/Ids.sol";
import {ModelStatus} from "../types/ModelRecord.sol";
import {Registration, RegistrationHash} from "../types/Registration.sol";
import {Scopes} from "../types/Scopes.sol";
import {Rights} from "../types/Vocabulary.sol";
import {
    Certification,
    Conditions,
    IReviewGate,
    Review,
    ReviewState,
    Scan,
    ScanReport,
    ScanScope,
    ScanVerdict
} from "./IReviewGate.sol";
import {Obstacle, ReviewMachine} from "./ReviewMachine.sol";

/// @dev Implements {IReviewGate}. Keeps the records and asks the ledger and the claims; {ReviewMachine} holds the rules of a
/// review's states.
contract ReviewGate is IReviewGate, WritePause, EIP712 {
    using RegistrationHash for Registration;
    using ReviewMachine for Review;

    /// @dev The AccessManager role that sets the rules of later reviews, and withdraws certifications.
    uint64 public constant AUTHORITY_ROLE = 2;
    /// @dev The AccessManager role of accredited certifiers.
    uint64 public constant CERTIFIER_ROLE = 3;
    /// @dev The AccessManager role of accredited scanners.
    uint64 public constant SCANNER_ROLE = 4;

    /// @dev The shortest period that can be set, in seconds.
    uint40 public constant MIN_REVIEW_PERIOD = ReviewMachine.MIN_PERIOD;
    /// @dev The longest period that can be set, in seconds.
    uint40 public constant MAX_REVIEW_PERIOD = ReviewMachine.MAX_PERIOD;
    /// @dev The longest margin that can be set, in seconds.
    uint40 public constant MAX_MARGIN = ReviewMachine.MAX_MARGIN;
    /// @dev The highest minimum of blocks that can be set.
    uint48 public constant MAX_MIN_BLOCKS = ReviewMachine.MAX_BLOCKS;
    /// @dev The highest quorum that can be set.
    uint8 public constant MAX_QUORUM = ReviewMachine.MAX_QUORUM;

    bytes32 private constant SCAN_REPORT_TYPEHASH = keccak256(
        "ScanReport(bytes32 weights,bytes32 tensors,uint8 scope,bytes32 ruleset,bytes32 report,uint40 scannedAt,uint8 verdict,string uri)"
    );
    bytes32 private constant ATTEST_SCAN_TYPEHASH = keccak256(
        "AttestScan(ScanReport report,uint48 deadline)ScanReport(bytes32 weights,bytes32 tensors,uint8 scope,bytes32 ruleset,bytes32 report,uint40 scannedAt,uint8 verdict,string uri)"
    );
    uint256 private constant MAX_SCANNERS = 64;
    uint256 private constant MAX_TEXT_BYTES = 2048;

    IModelRegistry private immutable _MODELS;
    IPublisherRegistry private immutable _PUBLISHERS;
    ILineageClaims private immutable _CLAIMS;

    uint40 private _period = ReviewMachine.MIN_PERIOD; // slot 1, bytes 0-4
    uint40 private _margin; // bytes 5-9
    uint48 private _minBlocks; // bytes 10-15
    uint8 private _quorum = 1; // byte 16

    mapping(bytes32 subject => Review) private _reviews;
    mapping(bytes32 subject => Certification) private _certifications;
    mapping(bytes32 weights => Scan[]) private _scans;
    mapping(bytes32 tensors => Scan[]) private _tensorScans;
    mapping(address scanner => bytes32) private _organizations;

    /// @dev `manager` is the AccessManager that holds the roles; `models` and `publishers` are usually one {Ledger}. The
    /// first reviews have the margin and the minimum of blocks given here; see {setMargin} and {setMinBlocks}.
    constructor(
        address manager,
        IModelRegistry models,
        IPublisherRegistry publishers,
        ILineageClaims claims,
        uint40 margin_,
        uint48 minBlocks_
    ) AccessManaged(manager) EIP712("Stemma Review Gate", "1") {
        _MODELS = models;
        _PUBLISHERS = publishers;
        _CLAIMS = claims;
        _setMargin(margin_);
        _setMinBlocks(minBlocks_);
    }

    /// @inheritdoc IReviewGate
    function requestReview(
        Registration calldata registration,
        string calldata uri
    ) external whenNotPaused returns (uint40 readyAt) {
        bytes32 subject = ModelId.unwrap(_requireRegistered(registration));
        return _request(subject, _read(subject).asModel(registration.weights), uri);
    }

    /// @inheritdoc IReviewGate
    function requestArtefactReview(
        bytes32 weights,
        string calldata uri
    ) external whenNotPaused returns (uint40 readyAt) {
        Review memory review = _artefact(weights);
        review.weights = weights;
        return _request(weights, review, uri);
    }

    /// @inheritdoc IReviewGate
    function setReviewUri(bytes32 subject, string calldata uri) external {
        _requireShort(uri);
        Review memory review = _knownReview(subject);
        bool byPublisher = review.ofModel && _isPublisher(ModelId.wrap(subject), msg.sender);
        if (!byPublisher && msg.sender != _reviews[subject].requester) revert ReviewGateNotAuthor(subject, msg.sender);
        emit ReviewUriSet(subject, msg.sender, byPublisher, uri);
    }

    /// @inheritdoc IReviewGate
    function attestScan(ScanReport calldata report) external {
        _attest(report, msg.sender);
    }

    /// @inheritdoc IReviewGate
    function attestScanBySignature(
        ScanReport calldata report,
        address scanner,
        uint48 deadline,
        bytes calldata signature
    ) external {
        if (block.timestamp > deadline) revert ReviewGateSignatureExpired(deadline);
        bytes32 digest = _hashTypedDataV4(keccak256(abi.encode(ATTEST_SCAN_TYPEHASH, _hashReport(report), deadline)));
        if (!AccountSignature.isValid(scanner, digest, signature)) revert ReviewGateInvalidSignature(scanner);
        _attest(report, scanner);
    }

    /// @inheritdoc IReviewGate
    function clear(bytes32 subject) external whenNotPaused {
        Review memory review = _knownReview(subject);
        Conditions memory conditions = _conditionsOf(subject, review);
        Obstacle obstacle = review.toClear(conditions);
        if (obstacle != Obstacle.None) _revertFor(obstacle, subject, review, conditions);
        _requireOpenWeights(review);
        _reviews[subject].state = ReviewState.Cleared;
        emit ReviewCleared(subject, msg.sender);
    }

    /// @inheritdoc IReviewGate
    function quarantine(bytes32 subject) external {
        Review memory review = _knownReview(subject);
        Obstacle obstacle = review.toQuarantine(_isRunning(review), _isFailing(review));
        if (obstacle != Obstacle.None) _revertForFailures(obstacle, subject, review);
        _quarantine(subject);
        // Stated weights can be any 32 bytes, also the id of a model, whose own review they must not shut.
        Review storage artefact = _reviews[review.weights];
        if (!artefact.ofModel && artefact.state != ReviewState.Quarantined) _quarantine(review.weights);
    }

    /// @inheritdoc IReviewGate
    function freezeAgain(bytes32 subject) external {
        Review memory review = _knownReview(subject);
        Obstacle obstacle = review.toFreeze(_isFailing(review));
        if (obstacle != Obstacle.None) _revertForFailures(obstacle, subject, review);
        _reviews[subject].state = ReviewState.Frozen;
        emit ReviewFrozenAgain(subject, msg.sender);
    }

    /// @inheritdoc IReviewGate
    function certify(Registration calldata registration, uint32 uses, uint40 until) external restricted whenNotPaused {
        bytes32 subject = ModelId.unwrap(_requireRegistered(registration));
        if (uses == 0 || uses & ~Rights.ALL != 0) revert ReviewGateInvalidUses(uses);
        Review memory review = _read(subject);
        if (!review.ofModel) {
            review = review.asModel(registration.weights);
            _reviews[subject] = review;
        }
        _certify(subject, review, uses, until);
    }

    /// @inheritdoc IReviewGate
    function certifyArtefact(bytes32 weights, uint40 until) external restricted whenNotPaused {
        Review memory review = _artefact(weights);
        review.weights = weights;
        _certify(weights, review, 0, until);
    }

    /// @inheritdoc IReviewGate
    function withdrawCertification(bytes32 subject, string calldata reason) external {
        _requireShort(reason);
        address certifier = _certifications[subject].certifier;
        if (certifier == address(0)) revert ReviewGateNotCertified(subject);
        if (msg.sender != certifier && !_hasRole(AUTHORITY_ROLE, msg.sender)) {
            revert ReviewGateNotCertifier(subject, msg.sender);
        }
        delete _certifications[subject];
        emit CertificationWithdrawn(subject, msg.sender, reason);
    }

    /// @inheritdoc IReviewGate
    function setReviewPeriod(uint40 period) external restricted {
        if (period < MIN_REVIEW_PERIOD || period > MAX_REVIEW_PERIOD) {
            revert ReviewGatePeriodOutOfRange(period, MIN_REVIEW_PERIOD, MAX_REVIEW_PERIOD);
        }
        _period = period;
        emit ReviewPeriodSet(period);
    }

    /// @inheritdoc IReviewGate
    function setMargin(uint40 margin_) external restricted {
        _setMargin(margin_);
        emit MarginSet(margin_);
    }

    /// @inheritdoc IReviewGate
    function setMinBlocks(uint48 blocks) external restricted {
        _setMinBlocks(blocks);
        emit MinBlocksSet(blocks);
    }

    /// @inheritdoc IReviewGate
    function setQuorum(uint8 quorum_) external restricted {
        if (quorum_ == 0 || quorum_ > MAX_QUORUM) revert ReviewGateQuorumOutOfRange(quorum_, MAX_QUORUM);
        _quorum = quorum_;
        emit QuorumSet(quorum_);
    }

    /// @inheritdoc IReviewGate
    function setOrganization(address scanner, bytes32 organization) external restricted {
        _organizations[scanner] = organization;
        emit OrganizationSet(scanner, organization);
    }

    /// @inheritdoc IReviewGate
    function standingOf(
        ModelId model,
        bytes32 weights
    ) external view returns (bool cleared, bool shut, uint32 certified) {
        bytes32 subject = ModelId.unwrap(model);
        Review memory review = _read(subject).asModel(weights);
        cleared = review.state == ReviewState.Cleared;
        shut =
            review.state == ReviewState.Quarantined ||
            _reviews[weights].state == ReviewState.Quarantined ||
            _isFailing(review);
        if (isCertified(subject)) certified = _certifications[subject].uses;
    }

    /// @inheritdoc IReviewGate
    function areTensorsShut(bytes32 tensors) external view returns (bool) {
        return _countScans(_tensorScans[tensors], ScanVerdict.Failed, 0) >= _quorum;
    }

    /// @inheritdoc IReviewGate
    function tensorScansOf(bytes32 tensors) external view returns (Scan[] memory) {
        return _tensorScans[tensors];
    }

    /// @inheritdoc IReviewGate
    function isScanned(bytes32 weights) external view returns (bool) {
        Review memory review = _read(weights);
        if (!review.isOpen(isCertified(weights))) return false;
        review.weights = weights; // zero when certified without a review
        return !_isFailing(review);
    }

    /// @inheritdoc IReviewGate
    function reviewOf(bytes32 subject) external view returns (Review memory) {
        return _reviews[subject].extended(pausedSeconds());
    }

    /// @inheritdoc IReviewGate
    function certificationOf(bytes32 subject) external view returns (Certification memory) {
        return _certifications[subject];
    }

    /// @inheritdoc IReviewGate
    function scansOf(bytes32 weights) external view returns (Scan[] memory) {
        return _scans[weights];
    }

    /// @inheritdoc IReviewGate
    function conditionsOf(bytes32 subject) external view returns (Conditions memory) {
        return _conditionsOf(subject, _knownReview(subject));
    }

    /// @inheritdoc IReviewGate
    function reviewPeriod() external view returns (uint40) {
        return _period;
    }

    /// @inheritdoc IReviewGate
    function margin() external view returns (uint40) {
        return _margin;
    }

    /// @inheritdoc IReviewGate
    function minBlocks() external view returns (uint48) {
        return _minBlocks;
    }

    /// @inheritdoc IReviewGate
    function quorum() external view returns (uint8) {
        return _quorum;
    }

    /// @inheritdoc IReviewGate
    function isCertified(bytes32 subject) public view returns (bool) {
        Certification memory certification = _certifications[subject];
        return block.timestamp < certification.until && _hasRole(CERTIFIER_ROLE, certification.certifier);
    }

    /// @inheritdoc IReviewGate
    function organizationOf(address scanner) public view returns (bytes32) {
        bytes32 organization = _organizations[scanner];
        return organization == 0 ? bytes32(uint256(uint160(scanner))) : organization;
    }

    function _setMargin(uint40 margin_) private {
        if (margin_ > MAX_MARGIN) revert ReviewGatePeriodOutOfRange(margin_, 0, MAX_MARGIN);
        _margin = margin_;
    }

    function _setMinBlocks(uint48 blocks) private {
        if (blocks > MAX_MIN_BLOCKS) revert ReviewGateBlocksOutOfRange(blocks, MAX_MIN_BLOCKS);
        _minBlocks = blocks;
    }

    function _request(bytes32 subject, Review memory review, string calldata uri) private returns (uint40 readyAt) {
        _requireShort(uri);
        if (review.state != ReviewState.None) revert ReviewGateUnexpectedState(subject, review.state);
        uint48 readyBlock = uint48(block.number) + _minBlocks;
        review = review.start(uint40(block.timestamp), _period + _margin, pausedSeconds(), readyBlock, _quorum);
        review.requester = msg.sender;
        _reviews[subject] = review;
        emit ReviewRequested(
            subject,
            review.weights,
            msg.sender,
            review.ofModel,
            review.readyAt,
            review.readyBlock,
            review.quorum,
            uri
        );
        return review.readyAt;
    }

    function _attest(ScanReport calldata report, address scanner) private {
        if (!_hasRole(SCANNER_ROLE, scanner)) revert ReviewGateNotScanner(scanner);
        if (report.weights == 0) revert ReviewGateMissingWeights();
        if (report.verdict == ScanVerdict.None) revert ReviewGateMissingVerdict();
        if (report.scope == ScanScope.None) revert ReviewGateMissingScope();
        if (report.verdict != ScanVerdict.Failed) _requireNotPaused();
        _requireShort(report.uri);
        _keepByWeights(report, scanner);
        if (report.scope == ScanScope.Tensors) _keepByTensors(report, scanner);
        emit ScanAttested(
            report.weights,
            report.tensors,
            scanner,
            report.scope,
            report.ruleset,
            report.report,
            report.scannedAt,
            report.verdict,
            report.uri
        );
    }

    function _keepByWeights(ScanReport calldata report, address scanner) private {
        Scan storage place = _placeOf(_scans[report.weights], report.weights, scanner);
        uint40 last = place.scanner == scanner ? place.scannedAt : 0;
        if (report.scannedAt > block.timestamp || report.scannedAt <= last) {
            revert ReviewGateScanOutOfOrder(report.scannedAt, last);
        }
        (place.scanner, place.scannedAt, place.verdict) = (scanner, report.scannedAt, report.verdict);
    }

    /// @dev Keeps the latest report, and of two of one second the failed one, in whatever order they are sent. An older one
    /// is of another folder and counts for that one, so it does not revert.
    function _keepByTensors(ScanReport calldata report, address scanner) private {
        if (report.tensors == 0) revert ReviewGateMissingTensors();
        Scan storage place = _placeOf(_tensorScans[report.tensors], report.tensors, scanner);
        if (place.scanner == scanner) {
            bool later = report.scannedAt > place.scannedAt;
            bool fails = report.scannedAt == place.scannedAt && report.verdict == ScanVerdict.Failed;
            if (!later && !fails) return;
        }
        (place.scanner, place.scannedAt, place.verdict) = (scanner, report.scannedAt, report.verdict);
    }

    function _quarantine(bytes32 subject) private {
        _reviews[subject].state = ReviewState.Quarantined;
        emit ReviewQuarantined(subject, msg.sender);
    }

    /// @dev The slot for a scanner's latest result on some weights or tensors: its own, a new one or, when all are taken, that
    /// of an account that is not a scanner any more.
    function _placeOf(Scan[] storage scans, bytes32 digest, address scanner) private returns (Scan storage) {
        uint256 count = scans.length;
        for (uint256 i = 0; i < count; ++i) {
            if (scans[i].scanner == scanner) return scans[i];
        }
        if (count < MAX_SCANNERS) return scans.push();
        for (uint256 i = 0; i < count; ++i) {
            if (!_hasRole(SCANNER_ROLE, scans[i].scanner)) return scans[i];
        }
        revert ReviewGateTooManyScanners(digest);
    }

    function _certify(bytes32 subject, Review memory review, uint32 uses, uint40 until) private {
        if (!_hasRole(CERTIFIER_ROLE, msg.sender)) revert ReviewGateNotCertifier(subject, msg.sender);
        if (review.state == ReviewState.Quarantined) revert ReviewGateUnexpectedState(subject, review.state);
        _requireOpenWeights(review);
        if (until <= block.timestamp) revert ReviewGateExpired(until);
        Certification memory earlier = _certifications[subject];
        if (earlier.certifier != msg.sender && isCertified(subject)) {
            revert ReviewGateAlreadyCertified(subject, earlier.certifier, earlier.until);
        }
        _certifications[subject] = Certification({certifier: msg.sender, until: until, uses: uses});
        emit SubjectCertified(subject, review.weights, msg.sender, uses, until);
    }

    /// @dev The id of a model whose registration is on the ledger.
    function _requireRegistered(Registration calldata registration) private view returns (ModelId model) {
        model = registration.id();
        try _MODELS.publisherAndStatusOf(model) returns (address, ModelStatus) {
            return model;
        } catch {
            revert ReviewGateUnknownModel(model);
        }
    }

    /// @dev The review of an artefact, if there is one.
    function _artefact(bytes32 weights) private view returns (Review memory review) {
        if (weights == 0) revert ReviewGateMissingWeights();
        review = _read(weights);
        if (review.ofModel) revert ReviewGateUnexpectedState(weights, review.state);
    }

    /// @dev A review without its requester, whom only {setReviewUri} asks about: one word less.
    function _read(bytes32 subject) private view returns (Review memory review) {
        Review storage stored = _reviews[subject];
        review.weights = stored.weights;
        review.requestedAt = stored.requestedAt;
        review.readyAt = stored.readyAt;
        review.pausedBefore = stored.pausedBefore;
        review.readyBlock = stored.readyBlock;
        review.quorum = stored.quorum;
        review.state = stored.state;
        review.ofModel = stored.ofModel;
    }

    /// @dev The review of a subject. Reverts when none was requested.
    function _knownReview(bytes32 subject) private view returns (Review memory review) {
        review = _read(subject).extended(pausedSeconds());
        if (review.requestedAt == 0) revert ReviewGateUnknownReview(subject);
    }

    function _conditionsOf(bytes32 subject, Review memory review) private view returns (Conditions memory conditions) {
        conditions.clockRunning = _isRunning(review);
        conditions.passed = _countPassed(review);
        conditions.failed = _countFailed(review);
        conditions.quorum = _quorumOf(review);
        conditions.acceptedClaims = _CLAIMS.acceptedClaimsOf(review.weights);
        if (review.ofModel) conditions.acceptedClaims += _CLAIMS.acceptedClaimsOf(subject);
    }

    /// @dev Counts the organizations with an accredited scanner whose latest scan of the weights passed since the review was
    /// requested.
    function _countPassed(Review memory review) private view returns (uint256) {
        return _countScans(_scans[review.weights], ScanVerdict.Passed, review.requestedAt);
    }

    /// @dev Counts the organizations with an accredited scanner whose latest scan of the weights failed, whatever its time.
    function _countFailed(Review memory review) private view returns (uint256) {
        return _countScans(_scans[review.weights], ScanVerdict.Failed, 0);
    }

    function _countScans(
        Scan[] storage stored,
        ScanVerdict verdict,
        uint40 since
    ) private view returns (uint256 count) {
        Scan[] memory scans = stored;
        bytes32[] memory organizations = new bytes32[](scans.length);
        for (uint256 i = 0; i < scans.length; ++i) {
            Scan memory scan = scans[i];
            // The cheap conditions first: a loader asks at each load whether scans failed, and nearly all passed.
            if (scan.verdict != verdict || scan.scannedAt < since || !_hasRole(SCANNER_ROLE, scan.scanner)) continue;
            count = _addOnce(organizations, count, organizationOf(scan.scanner));
        }
    }

    /// @dev Whether a quorum of organizations failed the weights.
    function _isFailing(Review memory review) private view returns (bool) {
        return _countFailed(review) >= _quorumOf(review);
    }

    /// @dev The greater of the quorum at the request and the one now.
    function _quorumOf(Review memory review) private view returns (uint256) {
        return review.quorum > _quorum ? review.quorum : _quorum;
    }

    /// @dev Reverts when the weights themselves are quarantined, by another subject's review or as an artefact.
    function _requireOpenWeights(Review memory review) private view {
        ReviewState state = _reviews[review.weights].state;
        if (state == ReviewState.Quarantined) revert ReviewGateUnexpectedState(review.weights, state);
    }

    /// @dev Whether an account may act for the publisher of a registered model.
    function _isPublisher(ModelId model, address account) private view returns (bool) {
        (address publisher, ) = _MODELS.publisherAndStatusOf(model);
        return _PUBLISHERS.hasScope(publisher, account, Scopes.REGISTER);
    }

    function _revertForFailures(Obstacle obstacle, bytes32 subject, Review memory review) private view {
        if (obstacle == Obstacle.Clock) revert ReviewGateClockRunning(subject, review.readyAt, review.readyBlock);
        if (obstacle == Obstacle.State) revert ReviewGateUnexpectedState(subject, review.state);
        revert ReviewGateTooFewFailures(subject, _countFailed(review), _quorumOf(review));
    }

    function _isRunning(Review memory review) private view returns (bool) {
        return review.isRunning(block.timestamp, block.number);
    }

    /// @dev Whether an account has a role now.
    function _hasRole(uint64 role, address account) private view returns (bool isMember) {
        (isMember, ) = IAccessManager(authority()).hasRole(role, account);
    }

    function _hashReport(ScanReport calldata report) private pure returns (bytes32) {
        return
            keccak256(
                abi.encode(
                    SCAN_REPORT_TYPEHASH,
                    report.weights,
                    report.tensors,
                    report.scope,
                    report.ruleset,
                    report.report,
                    report.scannedAt,
                    report.verdict,
                    keccak256(bytes(report.uri))
                )
            );
    }

    /// @dev Adds an organization to a list of `count` members unless it is already there. Returns the new count.
    function _addOnce(bytes32[] memory list, uint256 count, bytes32 organization) private pure returns (uint256) {
        for (uint256 i = 0; i < count; ++i) {
            if (list[i] == organization) return count;
        }
        list[count] = organization;
        return count + 1;
    }

    function _revertFor(
        Obstacle obstacle,
        bytes32 subject,
        Review memory review,
        Conditions memory conditions
    ) private pure {
        if (obstacle == Obstacle.Clock) revert ReviewGateClockRunning(subject, review.readyAt, review.readyBlock);
        if (obstacle == Obstacle.Failure) revert ReviewGateScanFailed(subject, conditions.failed);
        if (obstacle == Obstacle.Quorum) revert ReviewGateQuorumMissing(subject, conditions.passed, conditions.quorum);
        if (obstacle == Obstacle.Claims) revert ReviewGateClaimsOpen(subject, conditions.acceptedClaims);
        revert ReviewGateUnexpectedState(subject, review.state);
    }

    function _requireShort(string calldata text) private pure {
        if (bytes(text).length > MAX_TEXT_BYTES) revert ReviewGateTextTooLong(bytes(text).length);
    }
}
