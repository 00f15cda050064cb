// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";

import {WritePause} from "../governance/WritePause.sol";
import {IModelRegistry} from "../registry/IModelRegistry.sol";
import {IPublisherRegistry} from "../registry/IPublisherRegistry.sol";
import {ClaimId, ModelId} from "../types/Ids.sol";
import {ModelRecord, ModelStatus} from "../types/ModelRecord.sol";
import {Registration, RegistrationHash, Relation} from "../types/Registration.sol";
import {AttestedEdges, AttestedList} from "./AttestedEdges.sol";
import {ClaimAct, ClaimMachine} from "./ClaimMachine.sol";
import {
    AttestedParent,
    Claim,
    ClaimState,
    EvidenceGrade,
    ILineageClaims,
    Inheritance,
    InheritanceState
} from "./ILineageClaims.sol";

/**
 * @dev Implements {ILineageClaims}. A claim's commitment is not stored, because the claim's id commits to it. Models and
 * publishers are read from the ledger by static calls. The only call to an untrusted account is the last step of
 * {withdrawDeposit}.
 */
contract LineageClaims is ILineageClaims, WritePause {
    using AttestedEdges for AttestedList;
    using AttestedEdges for AttestedParent;
    using ClaimMachine for ClaimState;
    using RegistrationHash for Registration;

    uint256 private constant MAX_TEXT_BYTES = 2048;
    uint40 private constant MIN_CONTEST_PERIOD = 1 days;
    uint40 private constant MAX_CONTEST_PERIOD = 365 days;

    IModelRegistry private immutable _MODELS;
    IPublisherRegistry private immutable _PUBLISHERS;
    uint256 private immutable _DEPOSIT;
    uint40 private immutable _CONTEST_PERIOD;
    address private immutable _TREASURY;

    mapping(ClaimId claim => Claim) private _claims;
    mapping(bytes32 subject => uint256 count) private _accepted;
    mapping(bytes32 subject => uint256 count) private _upheld; // claims about products only
    mapping(ClaimId claim => uint40 time) private _upheldAt; // of claims about products, Unix seconds
    mapping(ClaimId claim => mapping(bytes32 tensors => bool)) private _extended;
    mapping(ClaimId claim => mapping(ModelId model => Inheritance)) private _inheritances;
    mapping(address account => uint256 amount) private _credits;
    mapping(ModelId model => AttestedList) private _attested;
    // Holds only declared edges; an attested edge stores its own grade.
    mapping(ModelId model => mapping(ModelId parent => bool)) private _countersigned;

    /// @dev `manager` is the AccessManager, `models` and `publishers` are the registries, usually one {Ledger}.
    /// `deposit_` is in wei, and `contestPeriod_` is in seconds, from a day to a year. `treasury_` must be able to call
    /// {withdrawDeposit}.
    constructor(
        address manager,
        IModelRegistry models,
        IPublisherRegistry publishers,
        uint256 deposit_,
        uint40 contestPeriod_,
        address treasury_
    ) AccessManaged(manager) {
        if (contestPeriod_ < MIN_CONTEST_PERIOD || contestPeriod_ > MAX_CONTEST_PERIOD) {
            revert LineageClaimsWrongContestPeriod(contestPeriod_);
        }
        if (treasury_ == address(0)) revert LineageClaimsMissingTreasury();
        _MODELS = models;
        _PUBLISHERS = publishers;
        _DEPOSIT = deposit_;
        _CONTEST_PERIOD = contestPeriod_;
        _TREASURY = treasury_;
    }

    /// @inheritdoc ILineageClaims
    function file(
        bytes32 subject,
        bool product,
        ModelId parent,
        Relation relation,
        ModelId replaces,
        bytes32 commitment
    ) external payable whenNotPaused returns (ClaimId claim) {
        if (msg.value != _DEPOSIT) revert LineageClaimsWrongDeposit(msg.value, _DEPOSIT);
        if (subject == 0) revert LineageClaimsMissingSubject();
        if (relation == Relation.None) revert LineageClaimsMissingRelation();
        claim = hashClaim(msg.sender, subject, product, parent, relation, replaces, commitment);
        if (_claims[claim].state != ClaimState.None) revert LineageClaimsAlreadyFiled(claim);
        _publisherOf(parent);
        _requireClaimable(ModelId.wrap(subject), product, parent, relation, replaces);

        uint40 contestUntil = _now() + _CONTEST_PERIOD;
        _claims[claim] = Claim({
            claimant: msg.sender,
            contestUntil: contestUntil,
            state: ClaimState.Filed,
            relation: relation,
            product: product,
            disclosed: false,
            accepted: false,
            subject: subject,
            parent: parent,
            replaces: replaces
        });
        emit ClaimFiled(
            claim,
            subject,
            parent,
            msg.sender,
            product,
            relation,
            replaces,
            commitment,
            contestUntil,
            msg.value
        );
    }

    /// @inheritdoc ILineageClaims
    function disclose(ClaimId claim, bytes32 evidence, bytes32 salt, string calldata uri) external {
        _requireShort(uri);
        Claim storage filed = _openClaim(claim);
        if (filed.disclosed) revert LineageClaimsAlreadyDisclosed(claim);
        address claimant = filed.claimant;
        if (bytes(uri).length != 0 && msg.sender != claimant) revert LineageClaimsNotClaimant(claim, msg.sender);
        ClaimId committed = _idOf(filed, claimant, hashCommitment(claimant, evidence, salt));
        if (ClaimId.unwrap(committed) != ClaimId.unwrap(claim)) revert LineageClaimsEvidenceMismatch(claim);
        filed.disclosed = true;
        if (filed.state == ClaimState.Filed) filed.contestUntil = _now() + _CONTEST_PERIOD;
        emit EvidenceDisclosed(claim, evidence, salt, uri, filed.contestUntil);
    }

    /// @inheritdoc ILineageClaims
    function setEvidenceUri(ClaimId claim, string calldata uri) external {
        _requireShort(uri);
        Claim storage filed = _claim(claim);
        if (filed.claimant != msg.sender) revert LineageClaimsNotClaimant(claim, msg.sender);
        if (!filed.disclosed) revert LineageClaimsNotDisclosed(claim);
        emit EvidenceUriSet(claim, uri);
    }

    /// @inheritdoc ILineageClaims
    function acknowledge(ClaimId claim) external {
        Claim storage filed = _modelClaim(claim);
        _requireController(_publisherOf(ModelId.wrap(filed.subject)));
        _advance(claim, filed, ClaimAct.Acknowledge);
        emit ClaimAcknowledged(claim, msg.sender);
        _attest(ModelId.wrap(filed.subject), filed.parent, claim, filed.relation, EvidenceGrade.Acknowledged);
        _credit(claim, filed.claimant);
    }

    /// @inheritdoc ILineageClaims
    function contest(ClaimId claim, string calldata uri) external {
        _requireShort(uri);
        Claim storage filed = _modelClaim(claim);
        _requireController(_publisherOf(ModelId.wrap(filed.subject)));
        _advance(claim, filed, ClaimAct.Contest);
        uint40 contestUntil = filed.contestUntil;
        if (!ClaimMachine.isContestable(contestUntil, block.timestamp)) {
            revert LineageClaimsContestClosed(claim, contestUntil);
        }
        emit ClaimContested(claim, msg.sender, uri);
    }

    /// @inheritdoc ILineageClaims
    function accept(ClaimId claim) external restricted {
        Claim storage filed = _openClaim(claim);
        if (!filed.disclosed) revert LineageClaimsNotDisclosed(claim);
        if (filed.accepted) revert LineageClaimsAlreadyAccepted(claim);
        filed.accepted = true;
        ++_accepted[filed.subject];
        emit ClaimAccepted(claim, msg.sender);
    }

    /// @inheritdoc ILineageClaims
    function rule(ClaimId claim, bool upheld, string calldata uri) external restricted {
        _requireShort(uri);
        Claim storage filed = _openClaim(claim);
        if (!filed.accepted) revert LineageClaimsNotAccepted(claim);
        uint40 contestUntil = filed.contestUntil;
        if (!filed.state.isHeard(contestUntil, block.timestamp)) revert LineageClaimsContestOpen(claim, contestUntil);
        _advance(claim, filed, upheld ? ClaimAct.Uphold : ClaimAct.Reject);
        emit ClaimRuled(claim, msg.sender, upheld, uri);

        ModelId model = ModelId.wrap(filed.subject);
        bool product = filed.product;
        if (upheld && product) {
            ++_upheld[filed.subject];
            _upheldAt[claim] = _now();
        } else if (upheld) {
            _attest(model, filed.parent, claim, filed.relation, EvidenceGrade.Adjudicated);
            if (ModelId.unwrap(filed.replaces) != 0) _replace(model, filed.replaces, claim);
        }
        _credit(
            claim,
            upheld
                ? filed.claimant
                : product
                    ? _TREASURY
                    : _controllerOf(model)
        );
    }

    /// @inheritdoc ILineageClaims
    function withdraw(ClaimId claim) external {
        Claim storage filed = _openClaim(claim);
        if (filed.claimant != msg.sender) revert LineageClaimsNotClaimant(claim, msg.sender);
        _advance(claim, filed, ClaimAct.Withdraw);
        emit ClaimWithdrawn(claim);
        _credit(claim, msg.sender);
    }

    /// @inheritdoc ILineageClaims
    function extend(ClaimId claim, bytes32 tensors) external restricted {
        _upheldClaim(claim);
        if (tensors == 0) revert LineageClaimsMissingSubject();
        if (_extended[claim][tensors]) revert LineageClaimsAlreadyExtended(claim, tensors);
        _extended[claim][tensors] = true;
        emit ClaimExtended(claim, tensors, msg.sender);
    }

    /// @inheritdoc ILineageClaims
    function inherit(Registration calldata registration, ClaimId claim) external whenNotPaused returns (ModelId model) {
        Claim storage filed = _claim(claim);
        bool byWeights = filed.product && filed.subject == registration.weights;
        if (!byWeights && !_extended[claim][registration.tensors]) {
            revert LineageClaimsNotInherited(claim, registration.weights, registration.tensors);
        }
        _upheldClaim(claim);
        model = registration.id();
        (ModelRecord record, ModelId[] memory declared) = _MODELS.edgesOf(model);
        if (!record.exists()) revert LineageClaimsUnknownModel(model);
        _requireUndeclared(model, filed.parent, filed.relation, record, declared);

        Inheritance storage inheritance = _inheritances[claim][model];
        InheritanceState state = inheritance.state;
        if (state == InheritanceState.None && !(byWeights && record.registeredAt() > _upheldAt[claim])) {
            _requireChange(model, filed.parent, filed.relation);
            uint40 contestUntil = _now() + _CONTEST_PERIOD;
            _inheritances[claim][model] = Inheritance({contestUntil: contestUntil, state: InheritanceState.Pending});
            emit InheritanceOpened(claim, model, contestUntil);
            return model;
        }
        if (state > InheritanceState.Pending) revert LineageClaimsUnexpectedInheritance(claim, model, state);
        if (ClaimMachine.isContestable(inheritance.contestUntil, block.timestamp)) {
            revert LineageClaimsContestOpen(claim, inheritance.contestUntil);
        }
        inheritance.state = InheritanceState.Applied;
        emit ClaimInherited(claim, model);
        if (!_attest(model, filed.parent, claim, filed.relation, EvidenceGrade.Adjudicated)) {
            revert LineageClaimsAlreadyAttested(model, filed.parent);
        }
    }

    /// @inheritdoc ILineageClaims
    function contestInheritance(ClaimId claim, ModelId model, string calldata uri) external {
        _requireShort(uri);
        Inheritance storage inheritance = _inheritance(claim, model, InheritanceState.Pending);
        _requireController(_publisherOf(model));
        uint40 contestUntil = inheritance.contestUntil;
        if (!ClaimMachine.isContestable(contestUntil, block.timestamp)) {
            revert LineageClaimsContestClosed(claim, contestUntil);
        }
        inheritance.state = InheritanceState.Contested;
        emit InheritanceContested(claim, model, msg.sender, uri);
    }

    /// @inheritdoc ILineageClaims
    function ruleInheritance(ClaimId claim, ModelId model, bool upheld, string calldata uri) external restricted {
        _requireShort(uri);
        Inheritance storage inheritance = _inheritance(claim, model, InheritanceState.Contested);
        inheritance.state = upheld ? InheritanceState.Applied : InheritanceState.Rejected;
        emit InheritanceRuled(claim, model, msg.sender, upheld, uri);
        if (upheld) {
            Claim storage filed = _claims[claim];
            _attest(model, filed.parent, claim, filed.relation, EvidenceGrade.Adjudicated);
        }
    }

    /// @inheritdoc ILineageClaims
    function attestParent(ModelId model, ModelId parent, Relation relation) external whenNotPaused {
        (ModelRecord record, ModelId[] memory declared) = _MODELS.edgesOf(model);
        if (!record.exists()) revert LineageClaimsUnknownModel(model);
        _requireController(record.publisher());
        if (relation == Relation.None) revert LineageClaimsMissingRelation();
        _publisherOf(parent);
        _requireUndeclared(model, parent, relation, record, declared);
        AttestedList storage list = _attested[model];
        (, bool found) = list.find(parent);
        if (found) revert LineageClaimsAlreadyAttested(model, parent);
        _add(model, parent, ClaimId.wrap(0), relation, EvidenceGrade.Acknowledged, false);
    }

    /// @inheritdoc ILineageClaims
    function stateBinding(
        address publisher,
        ModelId externalModel,
        ModelId model,
        bool bound,
        bytes32 evidence
    ) external {
        _requireController(publisher);
        if (ModelId.unwrap(externalModel) == 0) revert LineageClaimsMissingSubject();
        _publisherOf(model);
        emit BindingStated(externalModel, model, publisher, msg.sender, bound, evidence);
    }

    /// @inheritdoc ILineageClaims
    function detachParent(ModelId model, ModelId parent) external {
        _requireController(_publisherOf(model));
        AttestedList storage list = _attested[model];
        (uint256 index, bool found) = list.find(parent);
        if (!found) revert LineageClaimsUnknownEdge(model, parent);
        if (!list.get(index).isDetachable()) revert LineageClaimsNotDetachable(model, parent);
        list.remove(index);
        emit ParentDetached(model, parent, msg.sender);
    }

    /// @inheritdoc ILineageClaims
    function countersign(ModelId model, ModelId parent) external whenNotPaused {
        _requireController(_publisherOf(parent));
        AttestedList storage list = _attested[model];
        (uint256 index, bool found) = list.find(parent);
        bool declared = _isDeclared(model, parent);
        if (!found && !declared) revert LineageClaimsUnknownEdge(model, parent);
        bool confirmsDeclared = declared && !_countersigned[model][parent];
        bool confirmsAttested = found && list.get(index).grade < EvidenceGrade.Countersigned;
        if (!confirmsDeclared && !confirmsAttested) revert LineageClaimsAlreadyCountersigned(model, parent);
        if (confirmsDeclared) _countersigned[model][parent] = true;
        emit ParentCountersigned(model, parent, msg.sender);
        if (confirmsAttested) {
            AttestedParent memory edge = list.get(index);
            edge.grade = EvidenceGrade.Countersigned;
            list.update(index, edge);
            emit ParentAttested(
                model,
                parent,
                ClaimId.wrap(0),
                edge.relation,
                EvidenceGrade.Countersigned,
                edge.undisclosed
            );
        }
    }

    /// @inheritdoc ILineageClaims
    function withdrawDeposit(address payable to) external {
        uint256 amount = _credits[msg.sender];
        if (amount == 0) revert LineageClaimsNoDeposit(msg.sender);
        // A transfer to the zero address succeeds, and the value is lost.
        if (to == address(0)) revert LineageClaimsTransferFailed(to);
        _credits[msg.sender] = 0;
        emit DepositWithdrawn(msg.sender, to, amount);
        (bool success, ) = to.call{value: amount}("");
        if (!success) revert LineageClaimsTransferFailed(to);
    }

    /// @inheritdoc ILineageClaims
    function claimOf(ClaimId claim) external view returns (Claim memory) {
        return _claim(claim);
    }

    /// @inheritdoc ILineageClaims
    function attestedParentsOf(ModelId model) external view returns (AttestedParent[] memory) {
        return _attested[model].all();
    }

    /// @inheritdoc ILineageClaims
    function replacedParentsOf(ModelId model) external view returns (uint8) {
        return _attested[model].replaced;
    }

    /// @inheritdoc ILineageClaims
    function gradeOf(ModelId model, ModelId parent) external view returns (EvidenceGrade) {
        AttestedList storage list = _attested[model];
        (uint256 index, bool found) = list.find(parent);
        if (!found && !_isDeclared(model, parent)) revert LineageClaimsUnknownEdge(model, parent);
        EvidenceGrade declared = _countersigned[model][parent] ? EvidenceGrade.Countersigned : EvidenceGrade.Declared;
        if (!found) return declared;
        EvidenceGrade attested = list.get(index).grade;
        return attested > declared ? attested : declared;
    }

    /// @inheritdoc ILineageClaims
    function acceptedClaimsOf(bytes32 subject) external view returns (uint256) {
        return _accepted[subject];
    }

    /// @inheritdoc ILineageClaims
    function openOrUpheldClaimsOf(bytes32 subject) external view returns (uint256) {
        return _accepted[subject] + _upheld[subject];
    }

    /// @inheritdoc ILineageClaims
    function inheritanceOf(ClaimId claim, ModelId model) external view returns (Inheritance memory) {
        return _inheritances[claim][model];
    }

    /// @inheritdoc ILineageClaims
    function isExtended(ClaimId claim, bytes32 tensors) external view returns (bool) {
        return _extended[claim][tensors];
    }

    /// @inheritdoc ILineageClaims
    function depositOf(address account) external view returns (uint256) {
        return _credits[account];
    }

    /// @inheritdoc ILineageClaims
    function deposit() external view returns (uint256) {
        return _DEPOSIT;
    }

    /// @inheritdoc ILineageClaims
    function contestPeriod() external view returns (uint40) {
        return _CONTEST_PERIOD;
    }

    /// @inheritdoc ILineageClaims
    function treasury() external view returns (address) {
        return _TREASURY;
    }

    /// @inheritdoc ILineageClaims
    function hashClaim(
        address claimant,
        bytes32 subject,
        bool product,
        ModelId parent,
        Relation relation,
        ModelId replaces,
        bytes32 commitment
    ) public pure returns (ClaimId) {
        return ClaimId.wrap(keccak256(abi.encode(claimant, subject, product, parent, relation, replaces, commitment)));
    }

    /// @inheritdoc ILineageClaims
    function hashCommitment(address claimant, bytes32 evidence, bytes32 salt) public pure returns (bytes32) {
        return keccak256(abi.encode(claimant, evidence, salt));
    }

    /// @dev The id of a claim whose claimant committed to `commitment`.
    function _idOf(Claim storage filed, address claimant, bytes32 commitment) private view returns (ClaimId) {
        return
            hashClaim(claimant, filed.subject, filed.product, filed.parent, filed.relation, filed.replaces, commitment);
    }

    /// @dev Advances an open claim. A claim that closes no longer counts as accepted for ruling.
    function _advance(ClaimId claim, Claim storage filed, ClaimAct act) private {
        ClaimState state = filed.state;
        ClaimState next = state.next(act);
        if (next == ClaimState.None) revert LineageClaimsUnexpectedState(claim, state);
        filed.state = next;
        if (filed.accepted && !next.isOpen()) --_accepted[filed.subject];
    }

    /// @dev Adds the edge that a claim established, or strengthens the existing one. Returns whether anything changed.
    function _attest(
        ModelId model,
        ModelId parent,
        ClaimId claim,
        Relation relation,
        EvidenceGrade grade
    ) private returns (bool) {
        AttestedList storage list = _attested[model];
        (uint256 index, bool found) = list.find(parent);
        if (!found) {
            _add(model, parent, claim, relation, grade, true);
            return true;
        }
        AttestedParent memory edge = list.get(index);
        AttestedParent memory stronger = edge.strengthened(relation, grade);
        if (edge.isSame(stronger)) return false;
        list.update(index, stronger);
        emit ParentAttested(model, parent, claim, stronger.relation, stronger.grade, stronger.undisclosed);
        return true;
    }

    /// @dev Adds an edge. One of grade acknowledged counts as the publisher's own, and the limit for those is lower.
    function _add(
        ModelId model,
        ModelId parent,
        ClaimId claim,
        Relation relation,
        EvidenceGrade grade,
        bool undisclosed
    ) private {
        AttestedList storage list = _attested[model];
        bool byPublisher = grade == EvidenceGrade.Acknowledged;
        if (!list.hasRoom(byPublisher)) revert LineageClaimsTooManyParents(model);
        list.add(
            AttestedParent({
                model: parent,
                relation: relation,
                grade: grade,
                undisclosed: undisclosed,
                attestedAt: _now()
            }),
            byPublisher
        );
        emit ParentAttested(model, parent, claim, relation, grade, undisclosed);
    }

    /// @dev Marks an external parent as replaced, wherever the registration of the model names it.
    function _replace(ModelId model, ModelId externalModel, ClaimId claim) private {
        (, ModelId[] memory declared) = _MODELS.edgesOf(model);
        AttestedList storage list = _attested[model];
        uint8 places = _placesOf(declared, externalModel);
        if (list.replaced & places == places) return;
        list.replaced |= places;
        emit ExternalReplaced(model, externalModel, claim);
    }

    function _credit(ClaimId claim, address account) private {
        _credits[account] += _DEPOSIT;
        emit DepositCredited(claim, account, _DEPOSIT);
    }

    /// @dev A claim that exists.
    function _claim(ClaimId claim) private view returns (Claim storage filed) {
        filed = _claims[claim];
        if (filed.state == ClaimState.None) revert LineageClaimsUnknownClaim(claim);
    }

    /// @dev A claim that is still open.
    function _openClaim(ClaimId claim) private view returns (Claim storage filed) {
        filed = _claim(claim);
        ClaimState state = filed.state;
        if (!state.isOpen()) revert LineageClaimsUnexpectedState(claim, state);
    }

    /// @dev A claim about a model.
    function _modelClaim(ClaimId claim) private view returns (Claim storage filed) {
        filed = _claim(claim);
        if (filed.product) revert LineageClaimsProduct(claim);
    }

    /// @dev Requires a claim that was upheld.
    function _upheldClaim(ClaimId claim) private view {
        ClaimState state = _claim(claim).state;
        if (state != ClaimState.Upheld) revert LineageClaimsUnexpectedState(claim, state);
    }

    /// @dev An inheritance in `expected`.
    function _inheritance(
        ClaimId claim,
        ModelId model,
        InheritanceState expected
    ) private view returns (Inheritance storage inheritance) {
        inheritance = _inheritances[claim][model];
        InheritanceState state = inheritance.state;
        if (state != expected) revert LineageClaimsUnexpectedInheritance(claim, model, state);
    }

    /// @dev What cannot be undone is the controller's.
    function _requireController(address publisher) private view {
        if (!_PUBLISHERS.canControl(publisher, msg.sender)) revert LineageClaimsNotController(publisher, msg.sender);
    }

    /// @dev The publisher of a model. Reverts when the model is not registered.
    function _publisherOf(ModelId model) private view returns (address) {
        try _MODELS.publisherAndStatusOf(model) returns (address publisher, ModelStatus) {
            return publisher;
        } catch {
            revert LineageClaimsUnknownModel(model);
        }
    }

    /// @dev The controller of a model's publisher: deposits go to it, because the publisher's own key may be lost.
    function _controllerOf(ModelId model) private view returns (address) {
        return _PUBLISHERS.publisherOf(_publisherOf(model)).controller;
    }

    function _isDeclared(ModelId model, ModelId parent) private view returns (bool) {
        (, ModelId[] memory declared) = _MODELS.edgesOf(model);
        return _contains(declared, parent);
    }

    /// @dev Requires that a claim could change something.
    function _requireClaimable(
        ModelId model,
        bool product,
        ModelId parent,
        Relation relation,
        ModelId replaces
    ) private view {
        (ModelRecord record, ModelId[] memory declared) = _MODELS.edgesOf(model);
        bool replacing = ModelId.unwrap(replaces) != 0;
        if (product) {
            if (record.exists()) revert LineageClaimsNotAProduct(model);
            if (replacing) revert LineageClaimsUnknownEdge(model, replaces);
            return;
        }
        if (!record.exists()) revert LineageClaimsUnknownModel(model);
        if (!replacing) {
            _requireUndeclared(model, parent, relation, record, declared);
            _requireNews(model, parent, relation);
            return;
        }
        if (model == parent) revert LineageClaimsSelfParent(model);
        uint8 places = _placesOf(declared, replaces);
        if (places == 0) revert LineageClaimsUnknownEdge(model, replaces);
        (record, ) = _MODELS.edgesOf(replaces);
        if (record.exists()) revert LineageClaimsNotExternal(model, replaces);
        if (_attested[model].replaced & places == places) revert LineageClaimsAlreadyReplaced(model, replaces);
    }

    /// @dev Requires that a claimed edge would change something: it is new, or has another relation than an edge without
    /// a ruling.
    function _requireNews(ModelId model, ModelId parent, Relation relation) private view {
        AttestedList storage list = _attested[model];
        (uint256 index, bool found) = list.find(parent);
        if (!found) return;
        AttestedParent memory edge = list.get(index);
        if (edge.relation == relation || edge.grade == EvidenceGrade.Adjudicated) {
            revert LineageClaimsAlreadyAttested(model, parent);
        }
    }

    /// @dev Requires that a ruling on an edge would add or change it.
    function _requireChange(ModelId model, ModelId parent, Relation relation) private view {
        AttestedList storage list = _attested[model];
        (uint256 index, bool found) = list.find(parent);
        if (!found) return;
        AttestedParent memory edge = list.get(index);
        if (edge.isSame(edge.strengthened(relation, EvidenceGrade.Adjudicated))) {
            revert LineageClaimsAlreadyAttested(model, parent);
        }
    }

    function _now() private view returns (uint40) {
        return uint40(block.timestamp);
    }

    /// @dev Requires that `parent` differs from `model`, and is not one of its declared parents by the same relation.
    function _requireUndeclared(
        ModelId model,
        ModelId parent,
        Relation relation,
        ModelRecord record,
        ModelId[] memory declared
    ) private pure {
        if (model == parent) revert LineageClaimsSelfParent(model);
        for (uint256 i = 0; i < declared.length; ++i) {
            if (declared[i] == parent && record.relation(i) == relation) {
                revert LineageClaimsAlreadyDeclared(model, parent);
            }
        }
    }

    /// @dev Where a model is among declared parents: bit i stands for index i.
    function _placesOf(ModelId[] memory declared, ModelId model) private pure returns (uint8 places) {
        for (uint256 i = 0; i < declared.length; ++i) {
            if (declared[i] == model) places |= uint8(1 << i);
        }
    }

    function _contains(ModelId[] memory models, ModelId model) private pure returns (bool) {
        for (uint256 i = 0; i < models.length; ++i) {
            if (models[i] == model) return true;
        }
        return false;
    }

    function _requireShort(string calldata text) private pure {
        if (bytes(text).length > MAX_TEXT_BYTES) revert LineageClaimsTextTooLong(bytes(text).length);
    }
}
