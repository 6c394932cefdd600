"""Permissions in sentences: what each lets a person do, in the words of the interface."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from crm.access.permissions import Permission as P

SENTENCES = {
    P.CUSTOMER_LIST: _("在列表和档案卡上看公开信息"),
    P.CUSTOMER_OPEN: _("说明用途，打开工作卡 15 分钟"),
    P.CUSTOMER_REVEAL: _("说明用途，逐项查看商密 60 秒"),
    P.CUSTOMER_DIAL: _("一键拨打电话、导航到地址"),
    P.CUSTOMER_FOLLOW_UP: _("写跟进、定下次联系日期"),
    P.CUSTOMER_CREATE: _("新建客户"),
    P.CUSTOMER_EDIT: _("修改客户档案"),
    P.CUSTOMER_ASSIGN: _("分配和移交客户"),
    P.CUSTOMER_MERGE: _("查重、比较、合并客户"),
    P.CUSTOMER_IMPORT: _("从表格导入客户"),
    P.CUSTOMER_FIELDS: _("增加扩展字段"),
    P.CUSTOMER_BIN: _("把客户移入回收站、30 天内恢复"),
    P.CUSTOMER_SHRED: _("立即彻底销毁回收站里的客户"),
    P.CUSTOMER_ERASE: _("答复联系人的查询、彻底删除其信息"),
    P.CUSTOMER_HISTORY: _("看客户的变更历史"),
    P.CUSTOMER_SEEN_BY: _("看谁查阅过客户"),
    P.CONTRIBUTION_WRITE: _("补充客户信息，只写不读"),
    P.CONTRIBUTION_DECIDE: _("采纳或不采纳别人补充的信息"),
    P.CUSTOMER_COPY: _("把查看到的内容取为文字、复制"),
    P.CUSTOMER_PRINT: _("打印填好的客户档案卡"),
    P.CUSTOMER_EXPORT: _("把客户档案导出成表格"),
    P.GRANT_ASK: _("申请授权、看自己的授权单"),
    P.GRANT_DECIDE: _("审批、收窄、撤销授权，签发常设授权单"),
    P.GRANT_CONFIRM: _("作为第二人确认导出授权"),
    P.GRANT_DELEGATE: _("委托执行董事代行审批"),
    P.INTAKE_LINK: _("发自填链接，请客户填资料表"),
    P.CUSTOMER_PURCHASE: _("记录、更正和导入购买"),
    P.CUSTOMER_POOL: _("看公海里的客户（只有公开信息）"),
    P.CUSTOMER_CLAIM: _("从公海认领客户"),
    P.CUSTOMER_RELEASE: _("把自己的客户退回公海"),
    P.CUSTOMER_POOL_RUN: _("分配公海客户、立即执行公海规则"),
    P.HOUSE_SETTINGS: _("修改公司设置"),
    P.LOG_READ: _("阅读查阅日志"),
    P.LOG_EXPORT: _("导出查阅日志"),
    P.LEAVING_GIVE: _("提出离职或调岗、看自己的交接进度"),
    P.LEAVING_RUN: _("看离职交接，确认由自己负责的项目"),
    P.LEAVING_ENTER: _("登记和撤回别人的离职、解聘"),
    P.LEAVING_SIGN: _("同意缩短时间、在离职交接上签字"),
    P.LAW_READ: _("看全部岗位的权限规则"),
    P.BACKUP_MANAGE: _("备份、恢复演练、把密封的备份拿到别的机器"),
    P.FACTOR_RECOVER: _("和另一人一起，为丢失第二重验证的人重置"),
    P.PEOPLE_MANAGE: _("管理账号、岗位和登录"),
    P.SIGNED_IN: _("登录、改密码、看自己的权限"),
}

GROUPS = (
    (
        _("客户档案"),
        (
            P.CUSTOMER_LIST,
            P.CUSTOMER_OPEN,
            P.CUSTOMER_REVEAL,
            P.CUSTOMER_DIAL,
            P.CUSTOMER_COPY,
            P.CUSTOMER_PRINT,
            P.CUSTOMER_EXPORT,
            P.CUSTOMER_FOLLOW_UP,
            P.CUSTOMER_CREATE,
            P.CUSTOMER_EDIT,
            P.CUSTOMER_IMPORT,
            P.CUSTOMER_ASSIGN,
            P.CUSTOMER_MERGE,
            P.CUSTOMER_FIELDS,
            P.CUSTOMER_HISTORY,
            P.CUSTOMER_SEEN_BY,
            P.CUSTOMER_PURCHASE,
            P.CONTRIBUTION_WRITE,
            P.CONTRIBUTION_DECIDE,
            P.INTAKE_LINK,
            P.CUSTOMER_BIN,
            P.CUSTOMER_SHRED,
            P.CUSTOMER_ERASE,
        ),
    ),
    (
        _("公海"),
        (P.CUSTOMER_POOL, P.CUSTOMER_CLAIM, P.CUSTOMER_RELEASE, P.CUSTOMER_POOL_RUN),
    ),
    (
        _("授权"),
        (P.GRANT_ASK, P.GRANT_DECIDE, P.GRANT_CONFIRM, P.GRANT_DELEGATE),
    ),
    (
        _("离职交接"),
        (P.LEAVING_GIVE, P.LEAVING_RUN, P.LEAVING_ENTER, P.LEAVING_SIGN),
    ),
    (
        _("监督和管理"),
        (
            P.HOUSE_SETTINGS,
            P.LOG_READ,
            P.LOG_EXPORT,
            P.LAW_READ,
            P.PEOPLE_MANAGE,
            P.FACTOR_RECOVER,
            P.BACKUP_MANAGE,
        ),
    ),
)
"""How 我能看什么 and the table of the law are divided; a test holds that nothing is left out."""
